import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { LedgerEntry } from '../state/ledger.js';
import type { Metadata } from '../state/resources.js';
import type { Charge, Refund } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';
import { moveBalance } from './balance.js';
import { testCardOf } from './charging.js';

/** https://docs.stripe.com/refunds: a card's refund is done at once, a bank account's takes days. */
const BANK_REFUND_AFTER_SECONDS = 3 * 86_400;
/** https://docs.stripe.com/testing#refunds: "asynchronous", soon after. */
const TEST_CARD_REFUND_AFTER_SECONDS = 5;

export interface RefundOrder {
  amount?: number;
  reason: string | null;
  metadata: Metadata;
}

export function refundCharge(changes: Changes, charge: Charge, order: RefundOrder): Refund {
  const left = charge.amount - charge.amount_refunded;
  const amount = order.amount ?? left;
  refuseUnlessRefundable(changes, charge, amount, left);

  const method = changes.find('payment_method', charge.payment_method ?? '');
  const behaviour = method ? testCardOf(method)?.refund : undefined;
  const isCard = charge.payment_method_details.type === 'card';
  const isPending = behaviour === 'pending' || !isCard;
  const refund: Refund = {
    id: newId(isCard ? 're' : 'pyr'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: changes.now,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: isCard
      ? {
          type: 'card',
          card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
        }
      : { type: 'us_bank_transfer', us_bank_transfer: { reference: null, reference_status: 'pending' } },
    metadata: order.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(isPending && { pending_reason: 'processing' }),
    reason: order.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isPending ? 'pending' : 'succeeded',
    transfer_reversal: null,
  };
  const movement = moveBalance(changes, {
    type: isCard ? 'refund' : 'payment_refund',
    amount: -amount,
    currency: charge.currency,
    source: refund.id,
    reporting_category: 'refund',
  });
  const made = changes.save<Refund>({ ...refund, balance_transaction: movement.id });
  const amount_refunded = charge.amount_refunded + amount;
  const after = changes.save<Charge>({
    ...charge,
    amount_refunded,
    refunded: amount_refunded === charge.amount,
  });
  note(changes, 'refund.created', made);
  if (!isPending) note(changes, 'refund.succeeded', made);
  changes.emit('refund.created', made);
  changes.emit('charge.refunded', after, { amount_refunded: charge.amount_refunded });
  if (isPending) {
    changes.schedule(
      'refund.succeed',
      made.id,
      isCard ? TEST_CARD_REFUND_AFTER_SECONDS : BANK_REFUND_AFTER_SECONDS,
    );
  } else if (behaviour === 'fails') {
    changes.schedule('refund.fail', made.id, TEST_CARD_REFUND_AFTER_SECONDS);
  }
  return made;
}

export function succeedRefund(changes: Changes, refund: Refund): Refund {
  if (refund.status !== 'pending') return refund;
  const { pending_reason: _, ...rest } = refund;
  const succeeded = changes.save<Refund>({ ...rest, status: 'succeeded' });
  note(changes, 'refund.succeeded', succeeded);
  changes.emit('refund.updated', succeeded, { status: 'pending' });
  changes.emit('charge.refund.updated', succeeded, { status: 'pending' });
  return succeeded;
}

/**
 * https://docs.stripe.com/refunds#failed-refunds: also one that had succeeded. The money comes back to the balance, and
 * the charge counts as not refunded by that much.
 */
export function failRefund(changes: Changes, refund: Refund, reason = 'expired_or_canceled_card'): Refund {
  if (refund.status !== 'pending' && refund.status !== 'succeeded') {
    throw invalidRequest(`Refund ${refund.id} has already ${refund.status}.`);
  }
  const movement = giveBack(changes, refund);
  const failed = changes.save<Refund>({
    ...refund,
    status: 'failed',
    failure_reason: reason,
    failure_balance_transaction: movement,
  });
  note(changes, 'refund.failed', failed, reason);
  changes.emit('refund.failed', failed);
  changes.emit('refund.updated', failed, { status: refund.status });
  changes.emit('charge.refund.updated', failed, { status: refund.status });
  return failed;
}

function giveBack(changes: Changes, refund: Refund): string {
  const charge = changes.get('charge', refund.charge);
  const amount_refunded = charge.amount_refunded - refund.amount;
  changes.save<Charge>({ ...charge, amount_refunded, refunded: false });
  return moveBalance(changes, {
    type: 'refund_failure',
    amount: refund.amount,
    currency: refund.currency,
    source: refund.id,
    reporting_category: 'refund_failure',
  }).id;
}

function refuseUnlessRefundable(changes: Changes, charge: Charge, amount: number, left: number): void {
  if (charge.status !== 'succeeded' || !charge.captured) {
    const message = `This Charge (${charge.id}) has not been captured and cannot be refunded: cancel the PaymentIntent instead.`;
    throw invalidRequest(message, 'charge_not_refundable', 'charge');
  }
  const dispute = changes.all('dispute').find((known) => known.charge === charge.id);
  if (dispute && dispute.status !== 'won' && !dispute.is_charge_refundable) {
    throw invalidRequest(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      'charge_disputed',
    );
  }
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  }
  if (amount < 1) {
    throw invalidRequest('Invalid positive integer', 'parameter_invalid_integer', 'amount');
  }
  if (amount > left) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
    throw invalidRequest(message, undefined, 'amount');
  }
}

function note(changes: Changes, type: LedgerEntry['type'], refund: Refund, detail?: string): void {
  const { id, amount, currency, charge, payment_intent, customer, payment_method, metadata } = refund;
  const whose = { charge, payment_intent, customer, payment_method, metadata };
  changes.record({ type, id, amount, currency, ...whose, ...(detail && { detail }) });
}
