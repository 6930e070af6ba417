import type { Transaction } from 'braintree';
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
  RETURNS,
  TRY_LATER,
  WRONG_DETAILS,
} from '../declines.js';

/**
 * Processor responses. What is not here is as if the bank had given no reason.
 * https://developer.paypal.com/braintree/docs/reference/general/processor-responses/authorization-responses
 */
const REASONS: Record<string, Reason> = {
  '2000': DECLINED, // do not honor
  '2001': NO_FUNDS,
  '2002': NO_FUNDS, // limit exceeded
  '2003': NO_FUNDS, // activity limit exceeded
  '2004': EXPIRED,
  '2005': WRONG_DETAILS, // invalid number
  '2006': WRONG_DETAILS, // invalid expiration date
  '2007': CLOSED, // no account
  '2008': WRONG_DETAILS, // length of the number
  '2009': WRONG_DETAILS, // no such issuer
  '2010': MISTYPED, // security code
  '2011': REFUSED_BY_BANK, // the bank wants to be called
  '2012': BLOCKED, // possibly lost
  '2013': BLOCKED, // possibly stolen
  '2014': REFUSED_BY_BANK, // fraud suspected
  '2015': REFUSED_BY_BANK, // transaction not allowed
  '2016': TRY_LATER, // duplicate, by the bank's own count
  '2017': NO_CONSENT, // cardholder stopped this billing
  '2018': NO_CONSENT, // cardholder stopped all billing
  '2019': REFUSED_BY_BANK, // invalid transaction
  '2020': REFUSED_BY_BANK, // violation
  '2021': REFUSED_BY_BANK, // security violation
  '2022': CLOSED, // the cardholder has a newer card
  '2024': REFUSED_BY_BANK, // kind of card not enabled
  '2034': TRY_LATER, // no action taken
  '2038': DECLINED,
  '2041': REFUSED_BY_BANK, // call for approval
  '2043': REFUSED_BY_BANK, // do not retry
  '2044': REFUSED_BY_BANK, // call issuer
  '2046': DECLINED,
  '2047': BLOCKED, // pick up the card
  '2051': WRONG_DETAILS,
  '2053': BLOCKED, // lost or stolen
  '2057': REFUSED_BY_BANK, // restriction on the card
  '2060': MISTYPED, // address and security code
  '2099': NOT_AUTHENTICATED, // the bank wants to see the payer, which nobody can show it here
  '2107': REFUSED_BY_BANK, // card not activated
  '2108': CLOSED,
  '3000': TRY_LATER, // the network is unavailable
};

/** Braintree's own rules, before a bank was asked. https://developer.paypal.com/braintree/articles/control-panel/transactions/gateway-rejections */
const REJECTIONS: Record<string, Reason> = {
  avs: MISTYPED,
  cvv: MISTYPED,
  avs_and_cvv: MISTYPED,
  excessive_retry: REFUSED_BY_BANK, // tried too often already
  fraud: REFUSED_BY_BANK,
  manual_transactions_disabled: REFUSED_BY_BANK, // until somebody changes the account's setting
  payment_method_blocked: BLOCKED,
  risk_threshold: REFUSED_BY_BANK,
  three_d_secure: NOT_AUTHENTICATED,
};

/** Errors of a request: the token is not known, or not any more. */
const ERRORS: Record<string, Reason> = {
  '91518': NO_TOKEN,
  '91903': NO_TOKEN,
  '915172': NO_TOKEN, // a bank account that was not verified
};

/** Why a charge was declined. */
export function failureOf(sale: Partial<Transaction>): PaymentFailure {
  const { achReturnCode, gatewayRejectionReason, processorResponseCode } = sale;
  if (achReturnCode) return declined(RETURNS[achReturnCode], achReturnCode);
  if (gatewayRejectionReason) return declined(REJECTIONS[gatewayRejectionReason], gatewayRejectionReason);
  return declined(REASONS[processorResponseCode ?? ''], processorResponseCode ?? null);
}

/** Why a request was refused. */
export function refusalOf({ codes }: { codes: readonly string[] }): PaymentFailure {
  const known = codes.find((code) => ERRORS[code]) ?? codes[0] ?? null;
  return refused(ERRORS[known ?? ''], known);
}
