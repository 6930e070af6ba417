// How much a dispute has taken, also where the balance it was taken from is in another currency.
import { expect, it } from '@jest/globals';
import { disputeOutcomeOf } from '../../src/payments/gateway/stripe/stripe.mapping.js';

type StripeDispute = Parameters<typeof disputeOutcomeOf>[0];
type Move = [amount: number, currency: string];

function disputeOf(moves: Move[], amount = 10_000, currency = 'aud'): StripeDispute {
  return {
    id: 'du_1',
    status: 'lost',
    reason: 'fraudulent',
    amount,
    currency,
    payment_intent: 'pi_1',
    payment_method_details: { type: 'card' },
    evidence_details: { due_by: null },
    balance_transactions: moves.map(([moved, its]) => ({ amount: moved, currency: its })),
  } as unknown as StripeDispute;
}

it.each<[string, Move[], number]>([
  ['nothing yet', [], 0],
  ['all of it', [[-10_000, 'aud']], 10_000],
  ['a part of it', [[-4_000, 'aud']], 4_000],
  [
    'nothing any more, once it came back',
    [
      [-10_000, 'aud'],
      [10_000, 'aud'],
    ],
    0,
  ],
  ['all of it, from a balance in another currency', [[-6_500, 'usd']], 10_000],
  [
    'nothing any more, at another rate',
    [
      [-6_500, 'usd'],
      [6_720, 'usd'],
    ],
    0,
  ],
  [
    'all of it again',
    [
      [-6_500, 'usd'],
      [6_720, 'usd'],
      [-6_610, 'usd'],
    ],
    10_000,
  ],
])('a dispute has taken %s', (_, moves, withdrawnMinor) => {
  expect(disputeOutcomeOf(disputeOf(moves))).toMatchObject({ withdrawnMinor, currency: 'AUD' });
});

it('has taken all of it in a currency without decimals', () => {
  expect(disputeOutcomeOf(disputeOf([[-6_500, 'usd']], 9_800, 'jpy'))).toMatchObject({
    withdrawnMinor: 9_800,
  });
});
