import type { PaymentFailure } from '../../payments.contract.js';
import {
  BLOCKED,
  CLOSED,
  DECLINED,
  declined,
  EXPIRED,
  MISTYPED,
  NO_CONSENT,
  NO_FUNDS,
  NO_TOKEN,
  NOT_AUTHENTICATED,
  type Reason,
  REFUSED_BY_BANK,
  refused,
  returned,
  RETURNS,
  TRY_LATER,
  WRONG_DETAILS,
} from '../declines.js';

/** The bank wants to see the payer: no decline. */
const AUTHENTICATION_REQUIRED = '38';

/** Adyen's refusal reason codes. https://docs.adyen.com/development-resources/refusal-reasons */
const REASONS: Record<string, Reason> = {
  '2': DECLINED,
  '3': REFUSED_BY_BANK, // referral
  '4': TRY_LATER, // acquirer error
  '5': BLOCKED,
  '6': EXPIRED,
  '8': WRONG_DETAILS,
  '9': TRY_LATER, // issuer unavailable
  '10': REFUSED_BY_BANK, // not supported
  '11': NOT_AUTHENTICATED,
  '12': NO_FUNDS,
  '14': REFUSED_BY_BANK, // acquirer fraud
  '15': NOT_AUTHENTICATED, // cancelled
  '16': NOT_AUTHENTICATED, // cancelled by the shopper
  '20': REFUSED_BY_BANK, // fraud
  '21': TRY_LATER, // not submitted
  '22': REFUSED_BY_BANK, // fraud, cancelled
  '23': REFUSED_BY_BANK, // transaction not permitted
  '24': MISTYPED, // CVC
  '25': BLOCKED, // restricted card
  '26': NO_CONSENT, // revocation of authorisation
  '27': DECLINED,
  '28': NO_FUNDS, // withdrawal amount exceeded
  '29': NO_FUNDS, // withdrawal count exceeded
  '31': REFUSED_BY_BANK, // issuer suspected fraud
  '32': MISTYPED, // address
  '34': CLOSED, // no checking account on the card
  '35': CLOSED, // no savings account on the card
  '39': NOT_AUTHENTICATED,
  '42': NOT_AUTHENTICATED,
  '46': REFUSED_BY_BANK, // blocked by Adyen, so that no more tries have to be paid for
  '50': NO_CONSENT, // token revoked
};

/** Errors of a request. https://docs.adyen.com/development-resources/error-codes */
const ERRORS: Record<string, Reason> = {
  '800': NO_TOKEN, // contract not found
  '803': NO_TOKEN, // payment detail not found
};

/** An answer has the code; a webhook has the words of the same page only. */
const CODES: Record<string, string> = {
  refused: '2',
  referral: '3',
  'acquirer error': '4',
  'blocked card': '5',
  'expired card': '6',
  'invalid card number': '8',
  'issuer unavailable': '9',
  'not supported': '10',
  '3d not authenticated': '11',
  'not enough balance': '12',
  'acquirer fraud': '14',
  cancelled: '15',
  'shopper cancelled': '16',
  fraud: '20',
  'not submitted': '21',
  'fraud-cancelled': '22',
  'transaction not permitted': '23',
  'cvc declined': '24',
  'restricted card': '25',
  'revocation of auth': '26',
  'declined non generic': '27',
  'withdrawal amount exceeded': '28',
  'withdrawal count exceeded': '29',
  'issuer suspected fraud': '31',
  'avs declined': '32',
  'no checking account available on card': '34',
  'no savings account available on card': '35',
  'authentication required': AUTHENTICATION_REQUIRED,
  'rreq not received from ds': '39',
  '3ds authentication error': '42',
  'transaction blocked by adyen to prevent excessive retry fees': '46',
  'token revoked': '50',
};

/** The code of a refusal that a webhook tells of; its words, where this version does not know them. */
export function refusalCodeOf({ reason }: { reason?: string }): string {
  return CODES[reason?.toLowerCase() ?? ''] ?? reason ?? 'refused';
}

export function isAuthenticationRequired(refusalReasonCode: string | undefined): boolean {
  return refusalReasonCode === AUTHENTICATION_REQUIRED;
}

/** Why a charge was declined. */
export function failureOf(refusalReasonCode: string | undefined): PaymentFailure {
  return declined(REASONS[refusalReasonCode ?? ''], refusalReasonCode ?? null);
}

/** Why a bank returned a debit, as Nacha numbers it; Adyen's own examples have a blank before a code. https://docs.adyen.com/risk-management/chargeback-guidelines/ach-chargebacks */
export function returnOf(chargebackReasonCode: string | undefined): ReturnType<typeof returned> {
  return returned(RETURNS[chargebackReasonCode?.trim() ?? ''] ?? DECLINED);
}

/** Why a request was refused. */
export function refusalOf({ errorCode }: { errorCode: string }): PaymentFailure {
  return refused(ERRORS[errorCode], errorCode);
}
