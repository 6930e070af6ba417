import type { Types } from '@adyen/api-library';
import type { PaymentsConfig } from '../../payments.config.js';
import type { ChargeAttempt } from '../gateway.js';
import { toAdyenAmount } from './adyen.mapping.js';
import { partsOf, typeAtAdyen } from './adyen.methods.js';

/** A charge of stored payment details, with the payer there or without them. https://docs.adyen.com/online-payments/tokenization/make-token-payments */
export function paymentRequestOf(
  attempt: ChargeAttempt,
  reference: string,
  { gateway, RETURN_URL_ORIGINS }: PaymentsConfig,
): Types.checkout.PaymentRequest {
  const { id, paymentId, obligation, amountMinor, currency, capture, returnUrl } = attempt;
  const { shopperReference, storedPaymentMethodId } = partsOf(attempt.providerToken);
  const request = {
    merchantAccount: gateway.adyen.ADYEN_MERCHANT_ACCOUNT,
    amount: { value: toAdyenAmount(amountMinor, currency)!, currency },
    reference,
    paymentMethod: { type: typeAtAdyen(attempt.methodType), storedPaymentMethodId },
    shopperReference,
    shopperInteraction: 'ContAuth',
    recurringProcessingModel: returnUrl ? 'CardOnFile' : 'UnscheduledCardOnFile',
    returnUrl: returnUrl ? withPayment(returnUrl, paymentId) : RETURN_URL_ORIGINS[0]!, // demanded in any case
    channel: 'Web',
    // To the bank by redirect: nobody's script runs in our page. https://docs.adyen.com/online-payments/3d-secure/redirect-3ds2
    authenticationData: { threeDSRequestData: { nativeThreeDS: 'disabled' } },
    additionalData: { manualCapture: String(capture === 'manual') },
    metadata: { payment_id: paymentId, attempt_id: id, obligation },
  };
  // The SDK's enumerations are values of a namespace that an ES module cannot import: their words are written out.
  return request as unknown as Types.checkout.PaymentRequest;
}

/** What the payer comes back with belongs to this payment. */
function withPayment(returnUrl: string, paymentId: string): string {
  const url = new URL(returnUrl);
  url.searchParams.set('payment', paymentId);
  return url.href;
}
