// What a PaymentIntent says of a decline, wherever Stripe says it.
import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from '../../src/payments/gateway/stripe/stripe.mapping.js';

type Intent = Parameters<typeof outcomeOf>[0];

function intentOf(more: object): Intent {
  return {
    id: 'pi_1',
    amount: 100,
    amount_received: 0,
    currency: 'usd',
    metadata: {},
    status: 'requires_payment_method',
    last_payment_error: null,
    latest_charge: null,
    ...more,
  } as Intent;
}

describe('the issuer’s advice', () => {
  it.each([
    ['generic_decline', 'do_not_try_again', { code: 'declined', retry: 'after_payer' }],
    ['insufficient_funds', 'do_not_try_again', { code: 'declined', retry: 'after_payer' }],
    ['generic_decline', 'confirm_card_data', { code: 'incorrect_details', retry: 'after_payer' }],
    ['generic_decline', 'try_again_later', { code: 'declined', retry: 'later' }],
    ['insufficient_funds', 'try_again_later', { code: 'insufficient_funds', retry: 'later' }],
    ['stolen_card', 'try_again_later', { code: 'method_unusable', retry: 'never' }],
    ['expired_card', 'confirm_card_data', { code: 'card_expired', retry: 'never' }],
  ])('to %s: %s', (declineCode, advice, expected) => {
    const error = { code: 'card_declined', decline_code: declineCode, advice_code: advice };

    const { failure } = outcomeOf(intentOf({ last_payment_error: error })) as { failure: object };

    expect(failure).toMatchObject({ ...expected, declineCode });
  });
});

it.each([
  ['error code', { code: 'authentication_required' }],
  ['decline code', { code: 'card_declined', decline_code: 'authentication_required' }],
])('a bank that wants to see the payer is not a decline, said as the %s', (_, error) => {
  expect(outcomeOf(intentOf({ last_payment_error: error }))).toMatchObject({ status: 'requires_action' });
});

describe('a cancelled PaymentIntent whose error was cleared', () => {
  const cancelled = (charge: unknown) => outcomeOf(intentOf({ status: 'canceled', latest_charge: charge }));

  it.each([
    ['the decline code', 'lost_card', null, { code: 'method_unusable', declineCode: 'lost_card' }],
    ['the error code, of a debit', null, null, { code: 'method_unusable', declineCode: 'account_closed' }],
    ['the advice', 'generic_decline', 'do_not_try_again', { code: 'declined', retry: 'after_payer' }],
    ['a rule of ours', 'rule', null, { code: 'declined', retry: 'after_payer' }],
  ])('has failed for what its charge says: %s', (_, reason, advice, failure) => {
    const outcome = reason && { reason, advice_code: advice };
    const charge = { failure_code: reason ? 'card_declined' : 'account_closed', outcome };

    expect(cancelled(charge)).toMatchObject({ status: 'cancelled', failure });
  });

  it.each([
    ['has no charge', null],
    ['was not asked for it', 'ch_1'],
    ['let it go', { failure_code: null, outcome: { reason: null, advice_code: null } }],
    ['waited for the payer', { failure_code: 'authentication_required', outcome: null }],
  ])('has not failed when it %s', (_, charge) => {
    expect(cancelled(charge)).toMatchObject({ status: 'cancelled', failure: null });
  });
});
