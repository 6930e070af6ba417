import { type PaymentMethodUse, type Payments, PaymentsError } from '../payments/payments.contract.js';

/** A method that cannot be charged any more keeps nobody from removing it; the payer is asked when it is due. */
export async function declareIfUsable(payments: Payments, use: PaymentMethodUse): Promise<void> {
  await payments.declareUse(use).catch((error: unknown) => {
    const isGone =
      error instanceof PaymentsError && ['not_found', 'payment_method_unusable'].includes(error.code);
    if (!isGone) throw error;
  });
}
