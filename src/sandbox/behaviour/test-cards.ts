import type { DeclineName } from './declines.js';

/**
 * Stripe's documented test cards, https://docs.stripe.com/testing. The sandbox remembers a saved card by `id` and never
 * keeps the number.
 */
export interface TestCard {
  /** The PaymentMethod id that stands for this card in test code. */
  id: string;
  number: string;
  brand: string;
  country: string;
  funding: 'credit' | 'debit' | 'prepaid';
  /** Refused already when it is saved. */
  onSetup?: DeclineName;
  onCharge?: DeclineName;
  /** https://docs.stripe.com/testing#regulatory-cards and #three-ds-cards */
  authentication?: 'always' | 'unless_set_up' | 'unless_off_session' | 'on_request';
  /** The issuer's page does not work: every attempt to authenticate ends like this. */
  authenticationError?: DeclineName;
  onChargeAfterAuthentication?: DeclineName;
  supportsAuthentication?: false;
  /** Disputed as soon as the charge succeeded. */
  dispute?: { reason: string; isInquiry?: true; isRepeated?: true };
  fraudWarning?: true;
  refund?: 'pending' | 'fails';
  checks?: Partial<Record<'address_line1_check' | 'address_postal_code_check' | 'cvc_check', string>>;
  riskLevel?: 'normal' | 'elevated' | 'highest';
}

type Extra = Partial<Omit<TestCard, 'id' | 'number'>>;

const card = (id: string, number: string, brand: string, extra: Extra = {}): TestCard => ({
  id,
  number,
  brand,
  country: 'US',
  funding: 'credit',
  ...extra,
});
const visa = (id: string, number: string, extra: Extra = {}): TestCard => card(id, number, 'visa', extra);

/** Refused when it is saved and when it is charged. */
const declines = (id: string, number: string, name: DeclineName, extra: Extra = {}): TestCard =>
  visa(id, number, { onSetup: name, onCharge: name, ...extra });

export const TEST_CARDS: TestCard[] = [
  // https://docs.stripe.com/testing#cards
  visa('pm_card_visa', '4242424242424242'),
  visa('pm_card_visa_debit', '4000056655665556', { funding: 'debit' }),
  card('pm_card_mastercard', '5555555555554444', 'mastercard'),
  card('pm_card_mastercard_2series', '2223003122003222', 'mastercard'),
  card('pm_card_mastercard_debit', '5200828282828210', 'mastercard', { funding: 'debit' }),
  card('pm_card_mastercard_prepaid', '5105105105105100', 'mastercard', { funding: 'prepaid' }),
  card('pm_card_amex', '378282246310005', 'amex', { supportsAuthentication: false }),
  card('pm_card_amex_15', '371449635398431', 'amex'),
  card('pm_card_discover', '6011111111111117', 'discover'),
  card('pm_card_discover_2', '6011000990139424', 'discover'),
  card('pm_card_discover_debit', '6011981111111113', 'discover', { funding: 'debit' }),
  card('pm_card_diners', '3056930009020004', 'diners'),
  card('pm_card_diners_14digits', '36227206271667', 'diners'),
  card('pm_card_jcb', '3566002020360505', 'jcb', { country: 'JP' }),
  card('pm_card_unionpay', '6200000000000005', 'unionpay', { country: 'CN' }),
  card('pm_card_unionpay_debit', '6200000000000047', 'unionpay', { country: 'CN', funding: 'debit' }),
  card('pm_card_unionpay_19digits', '6205500000000000004', 'unionpay', { country: 'CN' }),

  // https://docs.stripe.com/testing#international-cards
  visa('pm_card_us', '4242424242424242'),
  visa('pm_card_ca', '4000001240000000', { country: 'CA' }),
  visa('pm_card_mx', '4000004840008001', { country: 'MX' }),
  visa('pm_card_br', '4000000760000002', { country: 'BR' }),
  visa('pm_card_gb', '4000008260000000', { country: 'GB' }),
  visa('pm_card_de', '4000002760000016', { country: 'DE' }),
  visa('pm_card_fr', '4000002500000003', { country: 'FR' }),
  visa('pm_card_jp', '4000003920000003', { country: 'JP' }),
  visa('pm_card_au', '4000000360000006', { country: 'AU' }),

  // https://docs.stripe.com/testing#declined-payments
  declines('pm_card_visa_chargeDeclined', '4000000000000002', 'generic_decline'),
  declines('pm_card_visa_chargeDeclinedInsufficientFunds', '4000000000009995', 'insufficient_funds'),
  declines('pm_card_visa_chargeDeclinedLostCard', '4000000000009987', 'lost_card'),
  declines('pm_card_visa_chargeDeclinedStolenCard', '4000000000009979', 'stolen_card'),
  declines('pm_card_chargeDeclinedExpiredCard', '4000000000000069', 'expired_card'),
  declines('pm_card_chargeDeclinedIncorrectCvc', '4000000000000127', 'incorrect_cvc'),
  declines('pm_card_chargeDeclinedProcessingError', '4000000000000119', 'processing_error'),
  declines('pm_card_visa_chargeDeclinedVelocityLimitExceeded', '4000000000006975', 'card_velocity_exceeded'),
  visa('pm_card_chargeCustomerFail', '4000000000000341', { onCharge: 'generic_decline' }),

  // https://docs.stripe.com/testing#fraud-prevention
  visa('pm_card_radarBlock', '4100000000000019', { onCharge: 'fraudulent', riskLevel: 'highest' }),
  visa('pm_card_riskLevelHighest', '4000000000004954', { riskLevel: 'highest' }),
  visa('pm_card_riskLevelElevated', '4000000000009235', { riskLevel: 'elevated' }),
  visa('pm_card_cvcCheckFail', '4000000000000101', {
    onSetup: 'incorrect_cvc',
    checks: { cvc_check: 'fail' },
  }),
  visa('pm_card_avsZipFail', '4000000000000036', { checks: { address_postal_code_check: 'fail' } }),
  visa('pm_card_avsLine1Fail', '4000000000000028', { checks: { address_line1_check: 'fail' } }),
  visa('pm_card_avsFail', '4000000000000010', {
    checks: { address_line1_check: 'fail', address_postal_code_check: 'fail' },
  }),
  visa('pm_card_avsUnchecked', '4000000000000044', {
    checks: { address_line1_check: 'unavailable', address_postal_code_check: 'unavailable' },
  }),

  // https://docs.stripe.com/testing#disputes
  visa('pm_card_createDispute', '4000000000000259', { dispute: { reason: 'fraudulent' } }),
  visa('pm_card_createDisputeProductNotReceived', '4000000000002685', {
    dispute: { reason: 'product_not_received' },
  }),
  visa('pm_card_createDisputeInquiry', '4000000000001976', {
    dispute: { reason: 'fraudulent', isInquiry: true },
  }),
  visa('pm_card_createIssuerFraudRecord', '4000000000005423', { fraudWarning: true }),
  visa('pm_card_createMultipleDisputes', '4000000404000079', {
    dispute: { reason: 'fraudulent', isRepeated: true },
  }),

  // https://docs.stripe.com/testing#refunds
  visa('pm_card_pendingRefund', '4000000000007726', { refund: 'pending' }),
  visa('pm_card_refundFail', '4000000000005126', { refund: 'fails' }),

  // https://docs.stripe.com/testing#available-balance
  visa('pm_card_bypassPending', '4000000000000077'),
  visa('pm_card_bypassPendingInternational', '4000003720000278', { country: 'IE' }),

  // https://docs.stripe.com/testing#regulatory-cards
  visa('pm_card_authenticationRequiredOnSetup', '4000002500003155', {
    country: 'FR',
    authentication: 'unless_set_up',
  }),
  visa('pm_card_authenticationRequired', '4000002760003184', { country: 'DE', authentication: 'always' }),
  visa('pm_card_authenticationRequiredSetupForOffSession', '4000003800000446', {
    country: 'HR',
    authentication: 'unless_off_session',
  }),
  visa('pm_card_authenticationRequiredChargeDeclinedInsufficientFunds', '4000008260003178', {
    country: 'GB',
    authentication: 'always',
    onChargeAfterAuthentication: 'insufficient_funds',
  }),

  // https://docs.stripe.com/testing#three-ds-cards
  visa('pm_card_threeDSecure2Required', '4000000000003220', { authentication: 'always' }),
  visa('pm_card_threeDSecureRequired', '4000000000003063', { authentication: 'always' }),
  visa('pm_card_threeDSecureRequiredChargeDeclined', '4000008400001629', {
    authentication: 'always',
    onChargeAfterAuthentication: 'generic_decline',
  }),
  visa('pm_card_threeDSecureRequiredProcessingError', '4000008400001280', {
    authentication: 'always',
    authenticationError: 'generic_decline',
  }),
  visa('pm_card_threeDSecureOptional', '4000000000003055', { authentication: 'on_request' }),
  visa('pm_card_threeDSecureOptionalProcessingError', '4000000000003097', {
    authentication: 'on_request',
    authenticationError: 'processing_error',
  }),
];

/** Names that mean the same card: short forms, and the old tokens (`tok_visa`). */
const SAME_CARD: Record<string, string> = {
  pm_card_chargeDeclined: 'pm_card_visa_chargeDeclined',
  pm_card_chargeDeclinedInsufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  pm_card_chargeDeclinedLostCard: 'pm_card_visa_chargeDeclinedLostCard',
  pm_card_chargeDeclinedStolenCard: 'pm_card_visa_chargeDeclinedStolenCard',
  pm_card_visa_chargeDeclinedExpiredCard: 'pm_card_chargeDeclinedExpiredCard',
  pm_card_visa_chargeDeclinedIncorrectCvc: 'pm_card_chargeDeclinedIncorrectCvc',
  pm_card_visa_chargeDeclinedProcessingError: 'pm_card_chargeDeclinedProcessingError',
  pm_card_amex_threeDSecureNotSupported: 'pm_card_amex',
  pm_card_threeDSecureNotSupported: 'pm_card_amex',
};

const byId = new Map(TEST_CARDS.map((known) => [known.id, known]));
const byNumber = new Map(TEST_CARDS.toReversed().map((known) => [known.number, known]));

export function testCardById(id: string): TestCard | undefined {
  const name = id.replace(/^tok_/, 'pm_card_');
  return byId.get(SAME_CARD[name] ?? name);
}

export function testCardByNumber(digits: string): TestCard | undefined {
  return byNumber.get(digits);
}

/** The check digit of ISO/IEC 7812: a mistyped number is told apart from one that is no test card. */
export function hasValidCheckDigit(digits: string): boolean {
  if (!/^\d{12,19}$/.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
