import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createEmptyDatabase,
  createTestDatabase,
  dropTestDatabase,
  queryUrl,
  type TestDatabase,
} from '../support/databases.js';
import { OldPostgres } from '../support/old-postgres.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** One installation whose payments are apart, and another one. */
let ours: Tokenkeep;
let others: Tokenkeep;
/** The home of our payments, a copy of it, an empty database, and one whose application remembers no home yet. */
let home: TestDatabase;
let copy: TestDatabase;
let empty: TestDatabase;
let fresh: TestDatabase;
let old: OldPostgres;
const silent = createServer().listen(0, '127.0.0.1');
const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  [home, empty, fresh, old] = await Promise.all([
    createTestDatabase(),
    createEmptyDatabase(),
    createTestDatabase(),
    OldPostgres.start(130_004),
  ]);
  ours = await startTokenkeep({ environment: { PAYMENTS_DATABASE_URL: home.paymentsUrl } });
  others = await startTokenkeep();
  await Promise.all([ours, others].map((it) => it.stop({ keepDatabase: true })));
  await queryUrl(ours.database.applicationAdminUrl, 'DROP SCHEMA IF EXISTS payments CASCADE'); // as once they are apart
  copy = await copyOf(home);
});
afterAll(async () => {
  silent.close();
  await old.stop();
  for (const database of [ours.database, others.database, home, copy, empty, fresh])
    await dropTestDatabase(database);
});

/** What is wrong, how it came to be, and what the refusal says: which variable, what is wrong, what to do. */
const WRONG: [string, () => Promise<Record<string, string>>, RegExp[]][] = [
  [
    'the variable unset once payments are apart',
    async () => ({ PAYMENTS_DATABASE_URL: '' }),
    [
      /^DATABASE_URL: there are no payment data in/,
      /their home is \S+\/test_\w+ \(epoch 1\)/,
      /Set PAYMENTS_DATABASE_URL to the home/,
    ],
  ],
  [
    'an empty database, while the home is elsewhere',
    async () => ({ PAYMENTS_DATABASE_URL: empty.paymentsUrl }),
    [/^PAYMENTS_DATABASE_URL: there are no payment data in/, /or move it: npm run cli -- db relocate/],
  ],
  [
    "another installation's database",
    async () => ({ PAYMENTS_DATABASE_URL: others.database.paymentsUrl }),
    [/^PAYMENTS_DATABASE_URL: .*another installation/, /This one's are at \S+/],
  ],
  [
    'a copy of production, with test keys',
    async () => {
      await queryUrl(copy.adminUrl, `UPDATE payments.residence SET gateway_mode = 'live'`);
      return { PAYMENTS_DATABASE_URL: copy.paymentsUrl };
    },
    [
      /payments made with live keys, and the gateway's key here is a test key/,
      /an empty database for these keys/,
    ],
  ],
  [
    'a copy of production, with the same keys',
    async () => {
      await queryUrl(copy.adminUrl, `UPDATE payments.residence SET gateway_mode = 'test'`);
      return { PAYMENTS_DATABASE_URL: copy.paymentsUrl };
    },
    [/a copy of the home, not the home itself/, /npm run cli -- db adopt/],
  ],
  [
    'the keys of another account at the gateway',
    async () => ({
      PAYMENTS_DATABASE_URL: home.paymentsUrl,
      STRIPE_SECRET_KEY: others.sandbox.secretKey,
      STRIPE_PUBLISHABLE_KEY: others.sandbox.publishableKey,
    }),
    [
      /^STRIPE_SECRET_KEY: these are payments of the account acct_\w+ at stripe, and what is set here is of acct_\w+/,
      /Use that account, or an empty database/,
    ],
  ],
  [
    'a server that is too old',
    async () => ({ DATABASE_URL: fresh.applicationUrl, PAYMENTS_DATABASE_URL: old.url }),
    [/^PAYMENTS_DATABASE_URL: the payments database is PostgreSQL 13; 15 or newer is needed/],
  ],
  [
    'a server that is not there',
    async () => ({ PAYMENTS_DATABASE_URL: 'postgres://tokenkeep_payments:any@127.0.0.1:1/vault' }),
    [
      /^PAYMENTS_DATABASE_URL: the payments database cannot be reached: .*ECONNREFUSED/,
      /Check host and port/,
    ],
  ],
  [
    'a server that takes connections, and never answers', // also where only the application's is silent
    async () => ({ DATABASE_URL: `postgres://tokenkeep_app:any@127.0.0.1:${portOf(silent)}/tokenkeep` }),
    [/^DATABASE_URL: .*cannot be reached: .*time/, /Check host and port/],
  ],
  [
    'a wrong password',
    async () => {
      const url = new URL(home.paymentsUrl);
      url.password = 'not-the-one';
      return { PAYMENTS_DATABASE_URL: url.href };
    },
    [/^PAYMENTS_DATABASE_URL: .*password authentication failed/, /Correct the password in the URL/],
  ],
  [
    'a database that does not exist',
    async () => ({ PAYMENTS_DATABASE_URL: `${home.paymentsUrl}_elsewhere` }),
    [/^PAYMENTS_DATABASE_URL: .*does not exist/, /db setup/],
  ],
  [
    'a database that takes no changes',
    async () => {
      await onServerOf(home, `ALTER DATABASE ${home.name} SET default_transaction_read_only = on`);
      return { PAYMENTS_DATABASE_URL: home.paymentsUrl };
    },
    [/^PAYMENTS_DATABASE_URL: the database is read-only/, /Connect to the primary/],
  ],
  [
    'a login without its rights',
    async () => {
      await onServerOf(home, `ALTER DATABASE ${home.name} RESET default_transaction_read_only`);
      await queryUrl(home.adminUrl, `REVOKE USAGE ON SCHEMA payments FROM tokenkeep_payments`);
      return { PAYMENTS_DATABASE_URL: home.paymentsUrl };
    },
    [
      /^PAYMENTS_DATABASE_URL: the login of payments may not use the schema payments/,
      /npm run cli -- db setup.*npm run cli -- migrate/,
    ],
  ],
];

describe('a start is refused, with what to do, where payments would find', () => {
  it.each(WRONG)('%s', async (_, happens, says) => {
    const environment = { PAYMENTS_DATABASE_URL: home.paymentsUrl, ...(await happens()) };

    const refusal = await startTokenkeep({ beside: ours, environment }).then(
      async (started) => {
        await started.stop({ keepDatabase: true });
        return 'it started';
      },
      (error: Error) => error.message,
    );

    for (const words of says) expect(refusal).toMatch(words);
    expect(refusal).not.toContain('postgres://');
  });
});

describe('a gateway that hangs when it is asked whose account it is', () => {
  it('holds up no start', async () => {
    await others.sandbox.breaks({ does: 'delay', delay_ms: 600_000, on: 'GET /v1/account' });
    const environment = { GATEWAY_TIMEOUT_MS: '80000' }; // longer than this test may take

    const started = await startTokenkeep({ beside: others, environment });

    const { status } = await fetch(`${started.url}/health/ready`);
    await started.stop({ keepDatabase: true });
    await others.sandbox.worksAgain();
    expect(status).toBe(200);
  });
});

/** What somebody makes of a backup: the same rows at another place. */
async function copyOf(database: TestDatabase): Promise<TestDatabase> {
  const made = await createEmptyDatabase();
  await onServerOf(database, `DROP DATABASE ${made.name}`);
  await onServerOf(database, `CREATE DATABASE ${made.name} TEMPLATE ${database.name} STRATEGY FILE_COPY`);
  await onServerOf(database, `GRANT CONNECT ON DATABASE ${made.name} TO tokenkeep_payments`);
  return made;
}

/** As the superuser, in no database that is the matter here. */
function onServerOf({ adminUrl }: TestDatabase, statement: string): Promise<object[]> {
  const server = new URL(adminUrl);
  server.pathname = '/postgres';
  return queryUrl(server.href, statement);
}
