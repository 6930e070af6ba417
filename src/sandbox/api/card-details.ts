import { asCardError, declineNamed, type DeclineName } from '../behaviour/declines.js';
import {
  hasValidCheckDigit,
  testCardById,
  testCardByNumber,
  type TestCard,
} from '../behaviour/test-cards.js';
import type { Changes } from '../state/changes.js';
import { derivedLetters, newId } from '../state/ids.js';
import type { BillingDetails, PaymentMethod } from '../state/resources.js';
import { invalidRequest, StripeError } from '../wire/errors.js';
import { hash, integer, string, type Values } from '../wire/parameters.js';

/** What a payer types. The number is looked at once, to know which test card it is, and forgotten. */
export const cardParams = {
  number: string,
  exp_month: integer,
  exp_year: integer,
  cvc: string,
  token: string,
  networks: hash({ preferred: string }),
};
export type CardParams = Values<typeof cardParams>;

export function cardMethod(
  changes: Changes,
  testCard: TestCard,
  { expMonth, expYear, hasCvc = true }: { expMonth?: number; expYear?: number; hasCvc?: boolean } = {},
): PaymentMethod {
  const now = new Date(changes.account.nowMs());
  return {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: noBillingDetails(),
    card: {
      brand: testCard.brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: hasCvc ? 'unchecked' : null,
      },
      country: testCard.country,
      display_brand: testCard.brand === 'amex' ? 'american_express' : testCard.brand,
      exp_month: expMonth ?? now.getUTCMonth() + 1,
      exp_year: expYear ?? now.getUTCFullYear() + 1,
      fingerprint: derivedLetters(16, changes.account.id, testCard.number),
      funding: testCard.funding,
      generated_from: null,
      last4: testCard.number.slice(-4),
      networks: { available: [testCard.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: testCard.supportsAuthentication !== false },
      wallet: null,
    },
    created: changes.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
    sandbox: { behaves: testCard.id, isSetUpOffSession: false, isConsumed: false, isVerified: true },
  };
}

/** A saved card from what was typed, or from an old token. Digits are taken from a browser only. */
export function cardFrom(changes: Changes, given: CardParams, mayHoldDigits: boolean): PaymentMethod {
  if (given.token) {
    const testCard = testCardById(given.token);
    if (!testCard) throw invalidRequest(`No such token: '${given.token}'`, 'resource_missing', 'card[token]');
    return cardMethod(changes, testCard);
  }
  if (!given.number)
    throw invalidRequest('Missing required param: card[number].', 'parameter_missing', 'card[number]');
  if (!mayHoldDigits) throw digitsRefused();
  const digits = given.number.replace(/[\s-]/g, '');
  if (!hasValidCheckDigit(digits)) throw mistyped('incorrect_number', 'number');
  checkExpiry(changes, given);
  const testCard = testCardByNumber(digits);
  if (!testCard) throw mistyped('test_mode_live_card', 'number');
  if (given.cvc !== undefined && !isCvcOf(testCard, given.cvc)) throw mistyped('invalid_cvc', 'cvc');
  return cardMethod(changes, testCard, {
    expMonth: given.exp_month!,
    expYear: fullYear(given.exp_year!),
    hasCvc: given.cvc !== undefined,
  });
}

export function noBillingDetails(): BillingDetails {
  const address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
  return { address, email: null, name: null, phone: null, tax_id: null };
}

function checkExpiry(changes: Changes, { exp_month: month, exp_year: year }: CardParams): void {
  if (month === undefined || month < 1 || month > 12) throw mistyped('invalid_expiry_month', 'exp_month');
  if (year === undefined) throw mistyped('invalid_expiry_year', 'exp_year');
  const now = new Date(changes.account.nowMs());
  const months = fullYear(year) * 12 + month - (now.getUTCFullYear() * 12 + now.getUTCMonth() + 1);
  if (months < 0 || months > 50 * 12) throw mistyped('invalid_expiry_year', 'exp_year');
}

function isCvcOf(testCard: TestCard, cvc: string): boolean {
  return (testCard.brand === 'amex' ? /^\d{3,4}$/ : /^\d{3}$/).test(cvc);
}

function fullYear(year: number): number {
  return year < 100 ? 2000 + year : year;
}

function mistyped(name: DeclineName, param: string): StripeError {
  return new StripeError(402, { ...asCardError(declineNamed(name)), param });
}

/** https://docs.stripe.com/testing#test-code: a server has no business with digits. */
function digitsRefused(): StripeError {
  const message =
    'Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing. To enable testing raw card data APIs, see https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.';
  return new StripeError(402, { type: 'invalid_request_error', message });
}
