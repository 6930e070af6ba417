// Declines that will not end otherwise by trying again: a network fines whoever tries all the same.
import { describe, expect, it } from '@jest/globals';
import {
  failureOf as failureAtAdyen,
  refusalCodeOf,
} from '../../src/payments/gateway/adyen/adyen.declines.js';
import { failureOf as failureAtBraintree } from '../../src/payments/gateway/braintree/braintree.declines.js';

describe('a decline that is not tried again by itself', () => {
  it.each([
    ['46', 'Transaction blocked by Adyen to prevent excessive retry fees', 'after_payer', null],
    ['50', 'Token Revoked', 'never', 'consent_withdrawn'],
  ])('is code %s of Adyen, or its words: %s', (code, words, retry, methodReason) => {
    expect(refusalCodeOf({ reason: words })).toBe(code);
    expect(failureAtAdyen(code)).toMatchObject({ retry, methodReason, declineCode: code });
  });

  it.each([
    ['excessive_retry', 'after_payer', null],
    ['manual_transactions_disabled', 'after_payer', null],
    ['payment_method_blocked', 'never', 'blocked_by_issuer'],
  ])('is a rejection of Braintree for %s', (gatewayRejectionReason, retry, methodReason) => {
    expect(failureAtBraintree({ gatewayRejectionReason })).toMatchObject({ retry, methodReason });
  });
});
