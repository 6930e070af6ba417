import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../support/cli.js';
import { migratorUrlOf } from '../support/databases.js';
import { atTheGateway, payerIdOf, savedCard } from '../support/given.js';
import { environmentBeside } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const NEW_KEY = `new:${'c'.repeat(42)}A=`;

describe('what the database must hold and must not know', () => {
  let tokenkeep: Tokenkeep;
  let oldKey: string;
  beforeAll(async () => {
    tokenkeep = await startTokenkeep();
    // The key of development, which the database was made with.
    oldKey = readFileSync(join(process.env['TEST_FOLDER']!, 'payments-token-key'), 'utf8').trim();
  });
  afterAll(() => tokenkeep.stop());

  it('is sealed anew with a newer key, after which the older one is not needed', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const commands = {
      ...environmentBeside(tokenkeep),
      PAYMENTS_MIGRATION_URL: await migratorUrlOf(tokenkeep.database),
    };

    const rotated = await runCli(['keys', 'rotate'], {
      ...commands,
      PAYMENTS_TOKEN_KEYS: `${NEW_KEY},${oldKey}`,
    });

    expect([rotated.exitCode, rotated.stdout]).toEqual([
      0,
      expect.stringMatching(/^[1-9]\d* values were sealed anew/),
    ]);
    const after = await startTokenkeep({ beside: tokenkeep, environment: { PAYMENTS_TOKEN_KEYS: NEW_KEY } });
    try {
      const finance = await after.as('finance');
      const { body } = await finance.postOnce('/v1/payments', {
        payerId: payerIdOf(payer),
        paymentMethodId: card.id,
        amountMinor: 1999,
        currency: 'USD',
        obligation: 'course:1',
      });
      expect(body.status).toBe('succeeded');
    } finally {
      await after.stop();
    }
  });

  it('is refused a start with keys that do not open it', async () => {
    const { exitCode, stderr } = await runCli(['status'], {
      ...environmentBeside(tokenkeep),
      PAYMENTS_TOKEN_KEYS: oldKey,
    });

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('none of these keys opens')]);
  });

  it('is in no table in the clear', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const { token } = await atTheGateway(tokenkeep, card.id);

    const tables = await tokenkeep.sql<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'payments'::regnamespace AND relkind = 'r'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables)
      expect(
        await tokenkeep.sql(
          `SELECT FROM payments.${name} AS it
            WHERE strpos(it::text, $1) > 0 OR strpos(it::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0`,
          [token],
        ),
      ).toEqual([]);
  });

  it('stands in the columns that the rotation seals anew, and in no other', async () => {
    const columns = await tokenkeep.sql<{ place: string }>(
      `SELECT relname || '.' || attname AS place FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'payments'::regnamespace AND relkind = 'r' AND atttypid = 'bytea'::regtype AND NOT attisdropped
          AND relname NOT LIKE 'audit%' AND attname <> 'raw_sha256'`,
    );

    expect(columns.map(({ place }) => place).sort()).toEqual([
      'digest_key.sealed',
      'event_endpoint.previous_secret',
      'event_endpoint.secret',
      'payment_method.provider_token',
      'payment_method_task.sealed_token',
      'webhook_event.body',
    ]);
  });
});
