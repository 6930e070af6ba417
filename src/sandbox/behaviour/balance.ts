import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { BalanceTransaction } from '../state/resources-money.js';

/** Stripe's published prices for the United States, so that reconciliation has fees to find. https://stripe.com/pricing */
export function feeOf(type: string, amount: number): number {
  if (type === 'us_bank_account') return Math.min(Math.round(amount * 0.008), 500);
  return Math.round(amount * 0.029) + 30;
}

const DAY_SECONDS = 86_400;
/** https://docs.stripe.com/payouts#payout-speed */
const AVAILABLE_AFTER_DAYS = 2;

/** One movement of the account's balance: `amount` is signed. */
export function moveBalance(
  changes: Changes,
  movement: Pick<BalanceTransaction, 'type' | 'amount' | 'currency' | 'source'> & {
    fee?: number;
    reporting_category: string;
    description?: string | null;
  },
): BalanceTransaction {
  const { fee = 0, amount, currency } = movement;
  const description = fee === 0 ? null : 'Stripe processing fees';
  return changes.save({
    id: newId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: changes.now + AVAILABLE_AFTER_DAYS * DAY_SECONDS,
    balance_type: 'payments',
    created: changes.now,
    currency,
    description: movement.description ?? null,
    exchange_rate: null,
    fee,
    fee_details: description
      ? [{ amount: fee, application: null, currency, description, type: 'stripe_fee' }]
      : [],
    net: amount - fee,
    reporting_category: movement.reporting_category,
    source: movement.source,
    status: 'pending',
    type: movement.type,
  });
}
