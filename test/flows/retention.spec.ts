import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Body } from '../support/api.js';
import { queryUrl } from '../support/databases.js';
import { CARD_SETUP } from '../support/gateways.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
});
afterAll(() => tokenkeep.stop());

/** What is kept for a time: its table, the column that says since when, and the days it is kept unless configured. */
const KEPT = [
  ['payments.webhook_event', 'received_at', 90],
  ['payments.outbox_message', 'occurred_at', 90],
  ['payments.card_testing_evidence', 'occurred_at', 30],
  ['payments.setup_intent', 'created_at', 90],
  ['payments.payment_method', 'detached_at', 30],
  ['app.received_event', 'received_at', 400],
  ['app.notice', 'concluded_at', 400],
] as const;

/** What a gateway tells once, and can never be asked of, stays as long as the payment. */
const ONLY: Record<string, string> = {
  'payments.payment_method': 'provider_token IS NOT NULL',
  'payments.webhook_event': `NOT coalesce(subject ? 'isToldOnce', false)`,
};

const counts = async (): Promise<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (const [table] of KEPT) {
    const only = ONLY[table] ?? 'true';
    const [row] = await tokenkeep.sql<{ count: number }>(`SELECT count(*)::int FROM ${table} WHERE ${only}`);
    found[table] = row!.count;
  }
  return found;
};

/** All of it becomes so many days older than it may be kept. */
async function age(daysPastTheirTime: number): Promise<void> {
  for (const [table, column, days] of KEPT)
    await tokenkeep.sql(`UPDATE ${table} SET ${column} = ${column} - make_interval(days => $1)`, [
      days + daysPastTheirTime,
    ]);
}

let payment: Body;
let kept: string;
/** Somebody paid and disputes it, removed a card, keeps another, and left a setup. */
beforeEach(async () => {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  const { id } = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
  kept = id;
  const invoice = await invoiceFor(tokenkeep, payer);
  payment = (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
  const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
  await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${taken!.charge}/dispute`); // of which every gateway tells
  await payer.delete(`/v1/payment-methods/${card.id}`);
  const left = await payer.post('/v1/setup-intents', CARD_SETUP);
  await tokenkeep.sql(`UPDATE payments.setup_intent SET due_at = '-infinity' WHERE id = $1`, [left.body.id]);
  await quiet();
  await tokenkeep.sandbox.deliveriesDone(); // the gateway tells of what was ended and detached meanwhile
  await quiet();
});

/** Every event is applied, every message delivered, every notice sent, the token detached. */
async function quiet(): Promise<void> {
  await eventually(
    async () => [
      ...(await tokenkeep.sql(`SELECT FROM payments.webhook_event WHERE status <> 'processed'
        UNION ALL SELECT FROM payments.outbox_message WHERE delivered_at IS NULL
        UNION ALL SELECT FROM payments.setup_intent WHERE status = 'pending'
        UNION ALL SELECT FROM payments.payment_method WHERE status = 'removed' AND detached_at IS NULL`)),
      ...(await tokenkeep.sql('SELECT FROM app.notice WHERE outcome IS NULL')),
    ],
    (rows) => rows.length === 0,
  );
}

describe('what is kept for a time', () => {
  it('is shown by a dry run, and goes when it is run; what is younger and what is money stays', async () => {
    await age(-1);
    await tokenkeep.sql(`UPDATE payments.webhook_event SET status = 'dismissed'
      WHERE id = (SELECT id FROM payments.webhook_event LIMIT 1)`);
    const before = await counts();
    expect(Math.min(...Object.values(before))).toBeGreaterThan(0);
    const young = await tokenkeep.cli('retention', 'run');
    expect(young).toMatchObject({ exitCode: 0 });
    expect(await counts()).toEqual(before);
    await tokenkeep.sql(`UPDATE payments.webhook_event SET received_at = received_at - interval '2 days'`);

    const dry = await tokenkeep.cli('retention', 'run', '--dry-run');
    const afterDryRun = await counts();
    const run = await tokenkeep.cli('retention', 'run');

    expect(dry.stdout).toContain(
      `${before['payments.webhook_event']} gateway events would go (older than 90 days, GATEWAY_EVENTS_KEPT_DAYS)`,
    );
    expect(dry.stdout).toContain('0 tokens of removed methods would go');
    expect(afterDryRun).toEqual(before);
    expect(run.stdout).toContain(`${before['payments.webhook_event']} gateway events went`);
    expect(await counts()).toEqual({ ...before, 'payments.webhook_event': 0 });
    const finance = await tokenkeep.as('finance');
    expect((await finance.get(`/v1/payments/${payment.id}`)).body.status).toBe('succeeded');
  });

  it('goes by itself where a process works in the background', async () => {
    await age(1);

    const worker = await startTokenkeep({ beside: tokenkeep });

    await eventually(counts, (left) =>
      Object.entries(left).every(
        ([table, count]) =>
          ['payments.payment_method', 'payments.setup_intent'].includes(table) || count === 0,
      ),
    );
    await worker.stop();
    // The token of the card that is still saved stays, as does the setup that saved it.
    const tokens = await tokenkeep.sql(
      `SELECT id FROM payments.payment_method WHERE provider_token IS NOT NULL`,
    );
    expect(tokens).toContainEqual({ id: kept });
    expect(await tokenkeep.sql(`SELECT FROM payments.setup_intent WHERE status = 'ended'`)).toEqual([]);
    expect(await tokenkeep.sql(`SELECT FROM payments.payment WHERE id = $1`, [payment.id])).toHaveLength(1);
  });

  it('cannot be wiped away by whoever stole the login of payments', async () => {
    const before = await counts();

    for (const name of [
      'forget_gateway_events',
      'forget_delivered_messages',
      'forget_card_testing_evidence',
      'forget_ended_setups',
      'destroy_removed_tokens',
    ])
      await queryUrl(tokenkeep.database.paymentsUrl, `SELECT payments.${name}(-10000, 1000000)`);

    expect(await counts()).toEqual(before);
    await expect(
      queryUrl(tokenkeep.database.paymentsUrl, `SELECT payments.replace_payer($1)`, [payment.id]),
    ).rejects.toThrow('no erasure');
  });

  it('is kept as long as the program itself relies on it', async () => {
    const refused = startTokenkeep({ beside: tokenkeep, environment: { GATEWAY_EVENTS_KEPT_DAYS: '3' } });

    await expect(refused).rejects.toThrow('GATEWAY_EVENTS_KEPT_DAYS');
  });
});
