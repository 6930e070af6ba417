import type { Json } from '../world/gateway-account.ts';
import type { World } from '../world/world.ts';

/** All that the judge looks at: the gateway's own truth, and both schemas as they stand, read with the judge's own SQL. */
export interface Evidence {
  ledger: Json[];
  intents: Json[];
  gatewayRefunds: Json[];
  gatewayDisputes: Json[];
  /** Those that create or move something. */
  requests: Json[];
  payments: Json[];
  attempts: Json[];
  operations: Json[];
  refunds: Json[];
  disputes: Json[];
  methods: Json[];
  setups: Json[];
  customers: Json[];
  audit: Json[];
  outbox: Json[];
  events: Json[];
  invoices: Json[];
  received: Json[];
}

export async function gather(world: World): Promise<Evidence> {
  const { account } = world;
  const { gateway } = account;
  const [ledger, intents, gatewayRefunds, gatewayDisputes, requests] = await Promise.all([
    account.ledger(),
    account.all('payment_intents'),
    account.all('refunds'),
    account.all('disputes'),
    account.requests(),
  ]);
  const payments = intents.flatMap((intent) => gateway.payment(intent, intents) ?? []);
  const table = (name: string, order = 'id') => world.rows(`SELECT * FROM ${name} ORDER BY ${order}`);
  const rows = await table('payments.payment');
  return {
    ledger: inOurWords(ledger, payments, rows),
    intents: payments,
    gatewayRefunds: gatewayRefunds.map((refund) => gateway.refund(refund)),
    gatewayDisputes: gatewayDisputes.map((dispute) => ({ ...dispute, name: gateway.disputeName(dispute) })),
    requests: requests.filter(({ path }) => gateway.keyed.test(path)),
    payments: rows,
    attempts: await table('payments.payment_attempt'),
    operations: await table('payments.payment_operation'),
    refunds: await table('payments.refund'),
    disputes: await table('payments.dispute'),
    methods: await table('payments.payment_method'),
    setups: await table('payments.setup_intent'),
    customers: await table('payments.gateway_customer'),
    audit: await table(`payments.audit_entry WHERE kind = 'change'`, 'position'),
    outbox: await table('payments.outbox_message', 'position'),
    events: await world.rows(
      'SELECT id, provider_event_id, type, status, last_error FROM payments.webhook_event',
    ),
    invoices: await table('app.invoice'),
    received: await table('app.received_event', 'event_id'),
  };
}

/** Whose money it is: where the gateway is not told of what is paid, its payment says for which of ours. */
function inOurWords(ledger: Json[], intents: Json[], rows: Json[]): Json[] {
  const payments = new Map(intents.map(({ id, metadata }) => [id, metadata.payment_id]));
  const obligations = new Map(rows.map(({ id, obligation }) => [id, obligation]));
  return ledger.map((entry) => {
    const payment_id = entry.metadata.payment_id ?? payments.get(entry.payment_intent);
    const obligation = entry.metadata.obligation ?? obligations.get(payment_id);
    return { ...entry, metadata: { ...entry.metadata, ...(payment_id && { payment_id, obligation }) } };
  });
}

/** A rule that does not hold, about what, in words. */
export interface Violation {
  rule: string;
  subject: string;
  words: string;
}

export type Rule = (evidence: Evidence) => Violation[];

/** The rows by one of their values. */
export function by(rows: Json[], key: (row: Json) => string | null | undefined): Map<string, Json[]> {
  const groups = new Map<string, Json[]>();
  for (const row of rows) {
    const value = key(row);
    if (value === null || value === undefined) continue;
    const group = groups.get(value);
    if (group) group.push(row);
    else groups.set(value, [row]);
  }
  return groups;
}

export function sum(rows: Json[], amount: (row: Json) => number): number {
  return rows.reduce((total, row) => total + amount(row), 0);
}
