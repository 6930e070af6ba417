import type { Json } from '../world/gateway-account.ts';
import { by, type Rule, type Violation } from './evidence.ts';

/** The judge's own table of legal changes (I5); the product's is not asked. `null` is "did not exist". */
const EDGES: Record<string, Record<string, readonly string[]>> = {
  payment: {
    new: ['processing'],
    processing: ['requires_action', 'requires_capture', 'succeeded', 'failed', 'cancelled'],
    requires_action: ['processing', 'requires_capture', 'succeeded', 'failed', 'cancelled'],
    requires_capture: ['succeeded', 'cancelled'],
    succeeded: [],
    failed: [],
    cancelled: [],
  },
  refund: {
    new: ['pending'],
    pending: ['succeeded', 'failed', 'cancelled'],
    succeeded: ['failed'],
    failed: [],
    cancelled: [],
  },
  setup: { new: ['pending'], pending: ['completed', 'ended'], completed: [], ended: [] },
};

/** I5 and I8: every row's changes form one unbroken, legal chain from its making to how it stands now. */
export const changesLegal: Rule = ({ audit, payments, refunds, setups }) => {
  const found: Violation[] = [];
  const changes = audit.filter(({ change }) => change.to !== undefined);
  const ofPayments = by(
    changes.filter(({ action }) => action.startsWith('payment.')),
    (entry) => entry.target_id,
  );
  const ofRefunds = by(
    changes.filter(({ action }) => action.startsWith('refund.')),
    (entry) => entry.change.refundId,
  );
  const ofSetups = by(
    changes.filter(({ action }) => action.startsWith('setup_intent.')),
    (entry) => entry.target_id,
  );
  for (const row of payments) found.push(...chain('payment', row, ofPayments.get(row.id) ?? []));
  for (const row of refunds) found.push(...chain('refund', row, ofRefunds.get(row.id) ?? []));
  for (const row of setups) found.push(...chain('setup', row, ofSetups.get(row.id) ?? []));

  const known = new Set([...payments, ...refunds, ...setups].map(({ id }) => id));
  for (const id of [...ofPayments.keys(), ...ofRefunds.keys(), ...ofSetups.keys()])
    if (!known.has(id)) found.push(fault(id, 'has audit entries and no row'));
  return found;
};

function chain(kind: string, row: Json, entries: Json[]): Violation[] {
  const found: Violation[] = [];
  let status = 'new';
  for (const { change } of entries) {
    const from = change.from ?? 'new';
    if (from !== status)
      found.push(fault(row.id, `(${kind}) went from ${from} to ${change.to} while it was ${status}`));
    if (!EDGES[kind]![from]?.includes(change.to))
      found.push(fault(row.id, `(${kind}) went from ${from} to ${change.to}: illegal`));
    status = change.to;
  }
  if (status !== row.status)
    found.push(fault(row.id, `(${kind}) is ${row.status}, and its audit entries end with ${status}`));
  return found;
}

/** What is audited and never published: it asks for something, or concerns nobody else. */
const SILENT = /^(setup_intent\.|dispute\.(evidence_sent|accepted)|payment\.\w+_asked)/;

/** I8 and I9: one message for each change that others may know of, delivered, and applied once where it matters. */
export const toldOnce: Rule = ({ audit, outbox, received }) => {
  const found: Violation[] = [];
  const actions = by(
    audit.filter(({ action }) => !SILENT.test(action)),
    (entry) => `${entry.target_id} ${entry.action}`,
  );
  const messages = by(outbox, (message) => `${message.aggregate_id} ${message.type}`);
  for (const key of new Set([...actions.keys(), ...messages.keys()])) {
    const [done, told] = [actions.get(key)?.length ?? 0, messages.get(key)?.length ?? 0];
    if (done !== told) found.push(fault(key, `was audited ${done} times and published ${told} times`));
  }
  const applied = new Map<string, number>();
  for (const { event_id: id } of received) applied.set(id, (applied.get(id) ?? 0) + 1);
  for (const { id, type, delivered_at: deliveredAt, aggregate_id: aggregate } of outbox) {
    if (!deliveredAt) continue; // named with what stayed unfinished
    const times = applied.get(id) ?? 0;
    if (type === 'payment.succeeded' && times !== 1)
      found.push(fault(aggregate, `its ${type} was delivered, and billing has it ${times} times`));
  }
  for (const [aggregate, messages] of by(outbox, (message) => message.aggregate_id))
    for (const [index, later] of messages.slice(1).entries())
      if (messages[index]!.delivered_at > later.delivered_at && later.delivered_at)
        found.push(fault(aggregate, `heard of ${later.type} before ${messages[index]!.type}`));
  return found;
};

const fault = (subject: string, words: string): Violation => ({ rule: 'changes', subject, words });
