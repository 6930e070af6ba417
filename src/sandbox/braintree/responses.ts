import type { DeclineName } from '../behaviour/declines.js';
import type { PaymentIntent } from '../state/resources.js';

/** How a processor answered, or Braintree in its place. */
export interface Response {
  status: 'processor_declined' | 'gateway_rejected' | 'failed';
  code?: string;
  text: string;
  rejection?: string;
}

const declined = (code: string, text: string): Response => ({ status: 'processor_declined', code, text });

/** By the decline that the sandbox's issuers know. https://developer.paypal.com/braintree/docs/reference/general/processor-responses/authorization-responses */
const RESPONSES: Partial<Record<string, Response>> = {
  generic_decline: declined('2000', 'Do Not Honor'),
  insufficient_funds: declined('2001', 'Insufficient Funds'),
  card_velocity_exceeded: declined('2003', "Cardholder's Activity Limit Exceeded"),
  expired_card: declined('2004', 'Expired Card'),
  incorrect_number: declined('2005', 'Invalid Credit Card Number'),
  incorrect_cvc: declined('2010', 'Card Issuer Declined CVV'),
  lost_card: declined('2012', 'Processor Declined - Possible Lost Card'),
  stolen_card: declined('2013', 'Processor Declined - Possible Stolen Card'),
  authentication_required: declined('2099', 'Cardholder Authentication Required'),
  processing_error: { status: 'failed', code: '3000', text: 'Processor Network Unavailable - Try Again' },
  fraudulent: { status: 'gateway_rejected', text: 'Gateway Rejected: fraud', rejection: 'fraud' },
};

export function responseTo(decline: string | undefined): Response {
  return RESPONSES[decline ?? ''] ?? RESPONSES['generic_decline']!;
}

/** Why the intent's last try was declined: by the amount, or by its card's issuer. */
export function responseOf({ last_payment_error: error, metadata, amount }: PaymentIntent): Response {
  if (metadata['by_amount']) return responseToAmount(amount)!;
  return responseTo(error?.decline_code ?? error?.code);
}

/** https://developer.paypal.com/braintree/docs/reference/general/testing/node#transaction-amounts, whatever the currency. */
export function responseToAmount(minor: number): Response | null {
  const units = Math.floor(minor / 100);
  if (units >= 2000 && units < 3000) return declined(String(units), 'Processor Declined');
  if (units === 3000) return RESPONSES['processing_error']!;
  if (units === 5001 && minor % 100 === 0)
    return {
      status: 'gateway_rejected',
      text: 'Gateway Rejected: application_incomplete',
      rejection: 'application_incomplete',
    };
  return null;
}

/** Test nonces, each as the test card that behaves so. https://developer.paypal.com/braintree/docs/reference/general/testing/node#payment-method-nonces */
export const TEST_NONCES: Record<string, string> = {
  'fake-valid-nonce': 'pm_card_visa',
  'fake-valid-visa-nonce': 'pm_card_visa',
  'fake-valid-amex-nonce': 'pm_card_amex',
  'fake-valid-mastercard-nonce': 'pm_card_mastercard',
  'fake-valid-discover-nonce': 'pm_card_discover',
  'fake-valid-jcb-nonce': 'pm_card_jcb',
  'fake-valid-dinersclub-nonce': 'pm_card_diners',
  'fake-valid-debit-nonce': 'pm_card_visa_debit',
  'fake-valid-prepaid-nonce': 'pm_card_mastercard_prepaid',
  'fake-processor-declined-visa-nonce': 'pm_card_visa_chargeDeclined',
  'fake-processor-failure-jcb-nonce': 'pm_card_chargeDeclinedProcessingError',
  'fake-gateway-rejected-fraud-nonce': 'pm_card_radarBlock',
};

/** A decline of the ledger for what an amount asks for; its own words are in the response. */
export const BY_AMOUNT: DeclineName = 'generic_decline';
