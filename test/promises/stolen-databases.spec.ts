import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyRowAt, queryUrl } from '../support/databases.js';
import { atTheGateway, invoiceFor, savedCard } from '../support/given.js';
import { SHAPE } from '../support/shape.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** Whether payments are on another server than the application; then its superuser has nothing of them. */
const isApart = SHAPE !== 'shared';

let tokenkeep: Tokenkeep;
/** What a thief would look for: the token and the customer at the gateway, the gateway's key, and the last four digits. */
let secrets: Record<'token' | 'customer' | 'gatewayKey', string>;
let lastFour: string;

beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
  const invoice = await invoiceFor(tokenkeep, payer);
  const paid = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
  expect(paid.body.status).toBe('succeeded');
  await tokenkeep.sandbox.deliveriesDone();
  const { token, customer } = await atTheGateway(tokenkeep, card.id);
  secrets = { token, customer, gatewayKey: tokenkeep.sandbox.secretKey };
  lastFour = card.lastFour;
});
afterAll(() => tokenkeep.stop());

describe("whoever has the application's login", () => {
  it('reads and changes nothing of payments, wherever they are', async () => {
    const { applicationUrl, adminUrl, name } = tokenkeep.database;
    const there = new URL(applicationUrl);
    there.host = new URL(adminUrl).host;
    const tables = await tokenkeep.sql<{ table: string }>(
      `SELECT relname AS table FROM pg_class WHERE relnamespace = 'payments'::regnamespace AND relkind IN ('r', 'v')`,
    );

    const tried: Record<string, string> = {};
    for (const { table } of tables)
      for (const url of new Set([applicationUrl, there.href]))
        for (const statement of [`SELECT FROM payments.${table}`, `DELETE FROM payments.${table}`])
          tried[`${statement} at ${new URL(url).port}`] = await queryUrl(url, statement).then(
            () => `was done in ${name}`,
            (error: Error) => error.message,
          );

    expect(Object.keys(tried).length).toBeGreaterThan(40);
    for (const answer of Object.values(tried))
      expect(answer).toMatch(/permission denied|does not exist|password authentication failed/);
  });
});

describe("whoever has the application's server, as its superuser", () => {
  it('finds no token in a dump; without payments on that server, no customer and no last four digits either', async () => {
    const dump = (await everyRowAt(tokenkeep.database.applicationAdminUrl)).join('\n');

    expect(dump).toContain('app.invoice ');
    expect(found(dump)).toEqual(isApart ? [] : ['customer']);
    expect(dump.includes(`"${lastFour}"`)).toBe(!isApart);
  });

  it('finds nothing in its log and its statistics', async () => {
    const log = await readFile(join(process.env['TEST_POSTGRES_FOLDER']!, 'postgres.log'), 'utf8');
    const statistics = await queryUrl<{ row: string }>(
      tokenkeep.database.applicationAdminUrl,
      `SELECT to_jsonb(a)::text AS row FROM pg_stat_activity a
       UNION ALL SELECT to_jsonb(s)::text FROM pg_stats s WHERE schemaname = 'app'
       UNION ALL SELECT to_jsonb(u)::text FROM pg_stat_user_tables u`,
    );
    const text = statistics.map(({ row }) => row).join('\n');

    expect(log.length).toBeGreaterThan(0);
    expect(found(log)).toEqual([]);
    expect(found(text)).toEqual([]);
    expect(text.includes(`"${lastFour}"`)).toBe(false);
    expect(/"relname": "payment_method"/.test(text)).toBe(!isApart); // names of tables are no secret on one server
  });
});

describe("whoever has payments' database", () => {
  it('charges nothing: tokens are sealed, and the keys are elsewhere', async () => {
    const dump = (await everyRowAt(tokenkeep.database.adminUrl)).join('\n');

    expect(dump).toContain('payments.payment_method ');
    expect(found(dump)).toEqual(['customer']); // an id that is worth nothing without the gateway's key
    expect(dump).toContain(`"${lastFour}"`); // what a payer knows their card by is not sealed
  });
});

/** As text, and as PostgreSQL shows bytes. */
function found(text: string): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret) || text.includes(Buffer.from(secret).toString('hex')))
    .map(([name]) => name);
}
