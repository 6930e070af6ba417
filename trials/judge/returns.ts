import type { Json } from '../world/gateway-account.ts';
import { by, type Rule, sum, type Violation } from './evidence.ts';

const STATUS: Record<string, string> = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'cancelled',
};

/** I2 and I4 for refunds: one at the gateway for each of ours, alike; never more than was captured. */
export const refundsAgree: Rule = ({ gatewayRefunds, refunds, intents, payments }) => {
  const found: Violation[] = [];
  const local = new Map(refunds.map((row) => [row.id, row]));
  const ours = by(gatewayRefunds, (refund) => refund.metadata.refund_id);
  for (const [refundId, made] of ours) {
    if (made.length > 1)
      found.push(
        fault(refundId, `was given back ${made.length} times: ${made.map((it) => it.id).join(', ')}`),
      );
    const row = local.get(refundId);
    if (!row) found.push(fault(refundId, `is at the gateway as ${made[0].id} and unknown here`));
    else found.push(...differences(row, made[0]).map((words) => fault(refundId, words)));
  }
  for (const { id, status } of refunds)
    if ((status === 'succeeded' || status === 'pending') && !ours.has(id))
      found.push(fault(id, `is ${status} here, and the gateway has none`));

  const returned = by(
    gatewayRefunds.filter(({ status }) => status !== 'failed' && status !== 'canceled'),
    (it) => it.payment_intent,
  );
  for (const { id, amount_received: captured, metadata } of intents) {
    const back = sum(returned.get(id) ?? [], ({ amount }) => amount);
    if (back > captured) found.push(fault(metadata.payment_id, `took ${captured} and gave back ${back}`));
  }
  for (const payment of payments) found.push(...sumsOf(payment, refunds));
  return found;
};

/** Disputes at the gateway are known here, with what they took; and a payment without refunds says the same. */
export const disputesAgree: Rule = ({ gatewayDisputes, disputes, intents, payments, refunds }) => {
  const found: Violation[] = [];
  const isRefunded = new Set(refunds.map(({ payment_id: id }) => id));
  for (const [id, its] of by(disputes, (row) => row.payment_id)) {
    const payment = payments.find((row) => row.id === id)!;
    const taken = Math.min(
      sum(its, (row) => Number(row.withdrawn_minor)),
      Number(payment.captured_minor),
    );
    if (!isRefunded.has(id) && Number(payment.disputed_minor) !== taken)
      found.push(fault(id, `says ${payment.disputed_minor} disputed; its disputes took ${taken}`));
  }
  const isOurs = new Set(intents.filter(({ metadata }) => metadata.payment_id).map(({ id }) => id));
  for (const dispute of gatewayDisputes) {
    if (!isOurs.has(dispute.payment_intent)) continue;
    const row = disputes.find(({ provider_dispute: name }) => name === dispute.name);
    const withdrawn = -sum(dispute.balance_transactions, ({ amount }) => amount);
    if (!row) found.push(fault(dispute.id, `(a dispute, ${dispute.status}) is unknown here`));
    else if (Number(row.withdrawn_minor) !== withdrawn)
      found.push(
        fault(
          dispute.id,
          `took ${withdrawn} at the gateway (${dispute.status}) and ${row.withdrawn_minor} here (${row.status})`,
        ),
      );
    else if (
      dispute.status !== row.status &&
      ['won', 'lost', 'needs_response', 'under_review'].includes(dispute.status)
    )
      found.push(fault(dispute.id, `is ${dispute.status} at the gateway and ${row.status} here`));
  }
  return found;
};

/** A payment's own sums are those of its refunds. */
function sumsOf(payment: Json, refunds: Json[]): Violation[] {
  const of = (status: string) =>
    sum(
      refunds.filter((it) => it.payment_id === payment.id && it.status === status),
      (it) => Number(it.amount_minor),
    );
  const found: Violation[] = [];
  if (Number(payment.refunded_minor) !== of('succeeded'))
    found.push(
      fault(payment.id, `says ${payment.refunded_minor} refunded; its refunds say ${of('succeeded')}`),
    );
  if (Number(payment.refunding_minor) !== of('pending'))
    found.push(
      fault(payment.id, `holds ${payment.refunding_minor} for refunds; its refunds say ${of('pending')}`),
    );
  return found;
}

function differences(row: Json, refund: Json): string[] {
  const words: string[] = [];
  if (Number(row.amount_minor) !== refund.amount)
    words.push(`is over ${row.amount_minor} here and ${refund.amount} there`);
  if (row.currency.toLowerCase() !== refund.currency)
    words.push(`is in ${row.currency} here and ${refund.currency} there`);
  if (row.status !== STATUS[refund.status])
    words.push(`is ${row.status} here and ${refund.status} at the gateway`);
  return words;
}

const fault = (subject: string, words: string): Violation => ({ rule: 'returns', subject, words });
