import type { Json } from '../world/gateway-account.ts';
import { by, type Evidence, type Rule, sum, type Violation } from './evidence.ts';

/** Money was taken: at once, or by a capture. */
const TAKEN = new Set(['charge.succeeded', 'charge.captured']);

/** I1: at most one charge that took money for each payment, and for each obligation at any moment. */
export const chargedOnce: Rule = ({ ledger, payments }) => {
  const found: Violation[] = [];
  const taken = ledger.filter((entry) => TAKEN.has(entry.type));
  for (const [paymentId, entries] of by(taken, (entry) => entry.metadata.payment_id))
    if (new Set(entries.map((entry) => entry.charge)).size > 1)
      found.push(
        fault(paymentId, `was charged ${entries.length} times: ${entries.map((it) => it.charge).join(', ')}`),
      );

  const byObligation = by(taken, (entry) => entry.metadata.obligation);
  for (const [obligation, entries] of byObligation)
    for (const [index, later] of entries.slice(1).entries()) {
      const earlier = entries[index]!;
      if (earlier.charge === later.charge || returnedBefore(ledger, earlier, later.at)) continue;
      found.push(fault(obligation, `was paid by ${earlier.charge} and again by ${later.charge}`));
    }
  for (const [obligation, counting] of by(payments.filter(counts), (payment) => payment.obligation))
    if (counting.length > 1)
      found.push(
        fault(
          obligation,
          `has ${counting.length} payments that count: ${counting.map((it) => it.id).join(', ')}`,
        ),
      );
  return found;
};

/** I2: what the gateway has of ours is known here, with the same amount, currency and status; and the reverse. */
export const intentsKnown: Rule = (evidence) => {
  const { intents, payments, attempts } = evidence;
  const found: Violation[] = [];
  const payment = new Map(payments.map((row) => [row.id, row]));
  const made = intents.filter((intent) => !isEndedSecond(intent, evidence));
  for (const intent of made) {
    const ours = intent.metadata.payment_id;
    if (!ours) continue;
    const row = payment.get(ours);
    if (!row)
      found.push(fault(ours, `is at the gateway as ${intent.id} (${intent.status}) and unknown here`));
    else found.push(...differences(row, intent, attempts).map((words) => fault(ours, words)));
  }
  for (const [attempt, its] of by(made, (intent) => intent.metadata.attempt_id))
    if (its.length > 1)
      found.push(
        fault(its[0].metadata.payment_id, `attempt ${attempt} made ${its.length} objects at the gateway`),
      );
  return [...found, ...unfounded(evidence)];
};

/** A request that came after its key was forgotten made it beside the one that counts; it is over, and took nothing. */
function isEndedSecond(
  { name, status, metadata, amount_received: taken }: Json,
  { attempts }: Evidence,
): boolean {
  const known = attempts.find(({ id }) => id === metadata.attempt_id)?.provider_payment;
  return status === 'canceled' && taken === 0 && known && known !== name;
}

/** What we claim and the gateway does not know. */
function unfounded({ payments, attempts, intents }: Evidence): Violation[] {
  const byName = new Map(intents.map((intent) => [intent.name, intent]));
  const attempt = new Map(attempts.map((row) => [row.payment_id, row]));
  return payments
    .filter(({ status }) => status === 'succeeded' || status === 'requires_capture')
    .filter(({ id, status }) => byName.get(attempt.get(id)?.provider_payment)?.status !== status)
    .map(({ id, status }) => fault(id, `is ${status} here, and the gateway does not say so`));
}

function differences(payment: Json, intent: Json, attempts: Json[]): string[] {
  const words: string[] = [];
  if (Number(payment.amount_minor) !== intent.amount)
    words.push(`is over ${payment.amount_minor} here and ${intent.amount} at the gateway`);
  if (payment.currency.toLowerCase() !== intent.currency)
    words.push(`is in ${payment.currency} here and ${intent.currency} at the gateway`);
  if (Number(payment.captured_minor) !== intent.amount_received)
    words.push(`has ${payment.captured_minor} captured here and ${intent.amount_received} at the gateway`);
  const isKnown = attempts.some((attempt) => attempt.provider_payment === intent.name);
  if (!localStatuses(intent, isKnown).includes(payment.status))
    words.push(`is ${payment.status} here and ${intent.status} at the gateway (${intent.id})`);
  return words;
}

/** How a payment may stand here while the gateway's object stands like this. */
function localStatuses(intent: Json, isKnown: boolean): string[] {
  switch (intent.status) {
    case 'succeeded':
    case 'requires_capture':
    case 'processing':
      return [intent.status];
    case 'requires_action':
      return ['requires_action'];
    case 'canceled':
      return ['failed', 'cancelled'];
    // It can still take money, so nothing may call it ended. One whose id nobody here ever learnt cannot be confirmed.
    default:
      if (intent.last_payment_error?.code === 'authentication_required') return ['requires_action'];
      return isKnown ? ['processing'] : ['processing', 'failed'];
  }
}

function counts(payment: Json): boolean {
  return payment.status !== 'failed' && payment.status !== 'cancelled' && !payment.obligation_freed;
}

/** All of it had been given back, or was lost to the bank, when the later charge was made. */
function returnedBefore(ledger: Json[], charge: Json, at: string): boolean {
  const since = ledger.filter((entry) => entry.charge === charge.charge && entry.at <= at);
  const refunded = sum(
    since.filter(({ type }) => type === 'refund.created'),
    ({ amount }) => amount,
  );
  const failed = sum(
    since.filter(({ type }) => type === 'refund.failed'),
    ({ amount }) => amount,
  );
  const withdrawn = sum(
    since.filter(({ type }) => type === 'dispute.withdrawn'),
    ({ amount }) => amount,
  );
  const reinstated = sum(
    since.filter(({ type }) => type === 'dispute.reinstated'),
    ({ amount }) => amount,
  );
  return refunded - failed + withdrawn - reinstated >= charge.amount;
}

const fault = (subject: string, words: string): Violation => ({ rule: 'charges', subject, words });
