import { isDeepStrictEqual } from 'node:util';
import { type PaymentMethodUse, type Payments, PaymentsError } from '../payments/payments.contract.js';

/**
 * Tells payments what `read` finds, until that is what they were told last: while one worker was still telling, the use may have changed,
 * and another worker have told of that already.
 */
export async function tellAsItIs<T>(read: () => Promise<T>, tell: (found: T) => Promise<void>): Promise<T> {
  let told = await read();
  for (;;) {
    await tell(told);
    const now = await read();
    if (isDeepStrictEqual(now, told)) return now;
    told = now;
  }
}

/** A method that cannot be charged any more keeps nobody from removing it; the payer is asked when it is due. */
export async function declareIfUsable(payments: Payments, use: PaymentMethodUse): Promise<void> {
  await payments.declareUse(use).catch((error: unknown) => {
    const isGone =
      error instanceof PaymentsError && ['not_found', 'payment_method_unusable'].includes(error.code);
    if (!isGone) throw error;
  });
}
