import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Body } from '../support/api.js';
import {
  createEmptyDatabase,
  dropTestDatabase,
  queryDatabase,
  queryUrl,
  type TestDatabase,
} from '../support/databases.js';
import { eventually } from '../support/given.js';
import {
  emptyFolder,
  endPrograms,
  environmentBeside,
  freePort,
  processesNaming,
  Program,
  runToEnd,
} from '../support/programs.js';
import { SandboxAccount } from '../support/sandbox-account.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

describe('the application, started with nothing but free ports', () => {
  let folder: string;
  let environment: { PORT: string; SANDBOX_PORT: string };
  let sandbox: SandboxAccount;
  beforeAll(async () => {
    folder = await emptyFolder();
    environment = { PORT: String(await freePort()), SANDBOX_PORT: String(await freePort()) };
    sandbox = new SandboxAccount(`http://127.0.0.1:${environment.SANDBOX_PORT}`, 'sandbox');
  });
  afterAll(async () => {
    await endPrograms();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  it('takes a payer from a saved card to a paid invoice', async () => {
    await start();
    const ada = await signIn();

    const payment = await payFirstInvoice(ada);

    expect(payment).toMatchObject({ status: 'succeeded' });
  });

  it('tells its status to an operator beside it', async () => {
    const { code, stdout } = await cli(['status']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ payments: { succeeded: 1 }, outboxWaiting: 0 });
  });

  it('finishes the request that is under way when it is asked to stop, and leaves no process behind', async () => {
    const ada = await signIn();
    await sandbox.breaks({ does: 'delay', on: 'POST /v1/payment_intents/*/confirm', delay_ms: 1_000 });

    const paying = payFirstInvoice(ada);
    await eventually(confirmationArrived, Boolean);
    const code = await current.end('SIGTERM');

    expect(await paying).toMatchObject({ status: 'succeeded' });
    expect(code).toBe(0);
    await nothingIsLeft();
  });

  it('has its data again when it is started again', async () => {
    await start();

    const { data } = (await (await signIn()).get('/v1/payments')).body;

    expect(data.map((it: Body) => it.status)).toEqual(['succeeded', 'succeeded']);
  });

  it('has its data again after it was killed, and left no process behind then either', async () => {
    const ben = await signIn('ben');
    await payFirstInvoice(ben);

    await current.end('SIGKILL');
    await nothingIsLeft();
    await start();

    expect((await (await signIn('ben')).get('/v1/payments')).body.data).toHaveLength(1);
  });

  it('ends at Ctrl-C, and leaves no process behind', async () => {
    const code = await current.end('Ctrl-C');

    expect(code).toBe(0);
    await nothingIsLeft();
  });

  it('says in words that its port is taken', async () => {
    await start();

    const second = await runToEnd('main.js', [], folder, {
      ...environment,
      SANDBOX_PORT: 'off',
      STRIPE_API_BASE: sandbox.address,
    });

    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain('EADDRINUSE');
    expect(second.stderr).not.toMatch(/\n\s+at /);
    await current.end('SIGTERM');
  });

  let current: Program;
  async function start(): Promise<void> {
    current = await Program.start('main.js', folder, environment, Number(environment.PORT));
  }

  function signIn(subject = 'ada'): Promise<Api> {
    return Api.signIn(current.url, 'payer', subject);
  }

  async function payFirstInvoice(payer: Api): Promise<Body> {
    const setup = (await payer.post('/v1/setup-intents', { type: 'card', flow: 'embedded' })).body;
    await sandbox.completeSetup(setup);
    const card = (await payer.post(`/v1/setup-intents/${setup.id}/completions`)).body;
    const { data } = (await payer.get('/v1/invoices')).body;
    const invoice = data.find((it: Body) => it.status === 'open');
    const { body } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, {
      paymentMethodId: card.id,
    });
    if (body.status === 'succeeded')
      await eventually(
        async () =>
          (await payer.get(`/v1/invoices/${invoice.id}`).catch(() => ({ body: { status: 'paid' } }))).body,
        (it) => it.status === 'paid',
      );
    return body;
  }

  async function confirmationArrived(): Promise<boolean> {
    const { data } = await sandbox.call('GET', '/_sandbox/faults');
    return data.some((fault: Body) => fault.seen > 0);
  }

  function cli(argv: string[]) {
    return runToEnd('cli.js', argv, folder, environment);
  }

  /** Neither PostgreSQL, which names the folder, nor the sandbox, which holds its port. */
  async function nothingIsLeft(): Promise<void> {
    await eventually(
      () => processesNaming(folder),
      (lines) => lines.length === 0,
    );
    await eventually(
      () =>
        fetch(sandbox.address).then(
          () => true,
          () => false,
        ),
      (answers) => !answers,
    );
  }
});

describe('payments alone', () => {
  let tokenkeep: Tokenkeep;
  beforeAll(async () => {
    tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
  });
  afterAll(async () => {
    await endPrograms();
    await tokenkeep.stop();
  });

  it('start, answer their own routes, and know nobody else’s', async () => {
    const port = await freePort();
    const environment = { ...environmentBeside(tokenkeep), PAYMENTS_PORT: String(port) };
    const program = await Program.start('payments.main.js', process.env['TEST_FOLDER']!, environment, port);
    const payer = await tokenkeep.as('payer');
    const there = new Api(program.url, payer.subject, payer.token);

    const methods = await there.get('/v1/payment-methods');
    const stranger = await new Api(program.url, '', '').get('/v1/payment-methods');
    const invoices = await there.get('/v1/invoices');
    const tokens = await there.post('/dev/tokens', { subject: 'ada', role: 'finance' });

    expect([methods.status, methods.body]).toEqual([200, { data: [], nextCursor: null }]);
    expect([stranger.status, invoices.status, tokens.status]).toEqual([401, 404, 404]);
    expect(await program.end('SIGTERM')).toBe(0);
  });
});

describe('the operator’s commands', () => {
  const PRODUCTION = { NODE_ENV: 'production' };
  let folder: string;
  const databases: TestDatabase[] = [];
  const empty = async () => {
    databases.push(await createEmptyDatabase());
    return databases.at(-1)!;
  };
  beforeAll(async () => {
    folder = await emptyFolder();
  });
  afterAll(async () => {
    await Promise.all(databases.map(dropTestDatabase));
    await rm(folder, { recursive: true, force: true });
  });

  it('are explained by --help', async () => {
    const { code, stdout } = await run(['--help']);

    expect(code).toBe(0);
    for (const verb of ['migrate', 'status', 'config']) expect(stdout).toContain(verb);
  });

  it('say what they do not understand, and fail', async () => {
    const { code, stderr } = await run(['migrat']);

    expect(code).not.toBe(0);
    expect(stderr).toContain('migrat');
  });

  it('say that the configuration is right without starting anything', async () => {
    const { code, stdout } = await run(['config', 'check']);

    expect([code, stdout]).toEqual([0, 'The configuration is right.\n']);
    expect(await processesNaming(folder)).toEqual([]);
  });

  it('name all that is wrong with the configuration at once, each with an example', async () => {
    const wrong = {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      STRIPE_SECRET_KEY: 'hunter2',
    };

    const { code, stderr } = await run(['config', 'check'], wrong);

    expect(code).toBe(78);
    for (const name of Object.keys(wrong)) expect(stderr).toMatch(new RegExp(`${name}: .*example: ${name}=`));
    expect(stderr).not.toContain('hunter2');
  });

  it.each(['main.js', 'payments.main.js', 'cli.js config check'])(
    'refuse in production what is for development, each by its name: %s',
    async (command) => {
      const [script = '', ...argv] = command.split(' ');

      const { code, stderr } = await runToEnd(script, argv, folder, PRODUCTION);

      expect(code).toBe(78);
      const own =
        script === 'payments.main.js'
          ? ['PAYMENTS_DATABASE_URL', 'PAYMENTS_LINK_PUBLIC_KEYS']
          : ['DATABASE_URL'];
      for (const name of [
        ...own,
        ...['AUTH_ISSUER', 'STRIPE_SECRET_KEY', 'SANDBOX_PORT', 'TLS_CERT_FILE', 'TRUSTED_PROXIES'],
      ])
        expect(stderr).toContain(`  ${name}: `);
    },
  );

  it('refuse beside PAYMENTS_URL every secret of payments, each by its name, from wherever it comes', async () => {
    const secrets = {
      STRIPE_SECRET_KEY: 'sk_test_hunter2',
      STRIPE_WEBHOOK_SECRETS: 'whsec_hunter2',
      PAYMENTS_TOKEN_KEYS_FILE: join(folder, 'nowhere'),
      PAYMENTS_AUDIT_KEYS: 'hunter2',
      PAYMENTS_DATABASE_URL: 'postgres://payments:hunter2@127.0.0.1/payments',
      PAYMENTS_MIGRATION_URL: 'postgres://migrator:hunter2@127.0.0.1/payments',
    };
    await writeFile(join(folder, '.env.payments'), 'PAYMENTS_RELOCATION_URL=postgres://p:hunter2@h/d\n');

    const { code, stderr } = await runToEnd('main.js', [], folder, {
      ...secrets,
      PAYMENTS_URL: 'http://127.0.0.1:3001',
    });
    await rm(join(folder, '.env.payments'));

    expect(code).toBe(78);
    for (const name of [...Object.keys(secrets), 'PAYMENTS_RELOCATION_URL'])
      expect(stderr).toContain(
        `  ${name.replace(/_FILE$/, '')}: belongs to the process that PAYMENTS_URL names`,
      );
    expect(stderr).not.toContain('hunter2');
  });

  it('refuse in production a link that others can read, or that nobody signs', async () => {
    const { stderr } = await runToEnd('main.js', [], folder, {
      ...PRODUCTION,
      PAYMENTS_URL: 'http://payments.internal:3001',
    });

    for (const name of ['PAYMENTS_URL', 'PAYMENTS_LINK_SIGNING_KEY']) expect(stderr).toContain(`  ${name}: `);
    for (const name of ['STRIPE_SECRET_KEY', 'PAYMENTS_TOKEN_KEYS'])
      expect(stderr).not.toContain(`  ${name}: `);
  });

  it('where payments run alone, are for payments there, and for the application here', async () => {
    const database = await empty();
    const apart = { DATABASE_URL: database.applicationUrl, PAYMENTS_URL: 'http://127.0.0.1:3001' };

    const migrated = await run(['migrate'], apart);
    await queryDatabase(
      database,
      `INSERT INTO app.received_event (listener, event_id, received_at) VALUES ('billing', gen_random_uuid(), '2020-01-01')`,
    );
    const old = await run(['retention', 'run'], apart);
    const there = await run(['--alone', 'migrate'], { PAYMENTS_DATABASE_URL: database.paymentsUrl });
    const status = await run(['--alone', 'config', 'check']);

    expect([migrated.code, migrated.stdout]).toEqual([0, "The application's database is up to date.\n"]);
    expect([old.code, old.stdout]).toEqual([
      0,
      expect.stringMatching(/^0 notices .*\n1 ids of events .*\n$/),
    ]);
    expect([there.code, there.stderr]).toEqual([0, '']);
    expect(there.stdout).toMatch(/Payments' database is up to date\.\n$/); // after a word about a gateway that is not there
    expect(status.code).toBe(0);
  });

  it.each([
    ['status', 'cli:payments -- status'],
    ['db relocate --dry-run', 'cli:payments -- db relocate'],
    ['evidence', 'a machine that reaches both, .* without PAYMENTS_URL'],
    ['--alone evidence', 'a machine that reaches both, .* without PAYMENTS_URL'],
  ])('say in one sentence where to run what is for the other side: %s', async (words, where) => {
    const { code, stderr } = await run(words.split(' '), { PAYMENTS_URL: 'http://127.0.0.1:3001' });

    expect([code, stderr]).toEqual([78, expect.stringMatching(new RegExp(`^[^\\n]+${where}[^\\n]*\\n$`))]);
  });

  it('take a secret from a file, and say when it is not there', async () => {
    const file = join(folder, 'stripe-key');
    await writeFile(file, 'sk_live_17\n');
    const live = {
      STRIPE_PUBLISHABLE_KEY: 'pk_live_17',
      STRIPE_WEBHOOK_SECRETS: 'whsec_17',
      SANDBOX_PORT: 'off',
    };

    const right = await run(['config', 'check'], { ...live, STRIPE_SECRET_KEY_FILE: file });
    const gone = await run(['config', 'check'], { ...live, STRIPE_SECRET_KEY_FILE: `${file}.gone` });

    expect(right.code).toBe(0);
    expect(gone.code).toBe(78);
    expect(gone.stderr).toMatch(/STRIPE_SECRET_KEY: cannot be read/);
  });

  it('read a .env file where they are started', async () => {
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=loud\n');

    const { code, stderr } = await run(['config', 'check']);
    await rm(join(folder, '.env'));

    expect(code).toBe(78);
    expect(stderr).toContain('LOG_LEVEL');
  });

  /** Of the three tests that follow. */
  let migrated: TestDatabase;
  const urlsOf = (of: TestDatabase) => ({
    DATABASE_URL: of.applicationUrl,
    PAYMENTS_DATABASE_URL: of.paymentsUrl,
  });

  it('migrate a fresh database, once, twice, and two at the same moment', async () => {
    migrated = await empty();
    const urls = urlsOf(migrated);
    const before = await run(['status'], urls);

    const both = await Promise.all([run(['migrate'], urls), run(['migrate'], urls)]);
    const again = await run(['migrate'], urls);

    expect(before.code).not.toBe(0);
    expect(before.stderr).toContain('migrate');
    expect([...both, again].map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']));
    const applied = [
      ...(await queryDatabase<{ name: string }>(migrated, 'SELECT name FROM payments.payments_migration')),
      ...(await queryDatabase<{ name: string }>(migrated, 'SELECT name FROM app.app_migration')),
    ];
    expect(new Set(applied.map(({ name }) => name)).size).toBe(applied.length);
    expect(applied.length).toBeGreaterThan(2);
  });

  it('migrate a database that a version before has left, unless its data are being moved', async () => {
    await queryDatabase(
      migrated,
      `INSERT INTO payments.relocation (target) VALUES ('elsewhere/vault');
       DROP FUNCTION payments.remember_gateway_account;
       ALTER TABLE payments.residence DROP COLUMN moved_from, DROP COLUMN gateway_accounts, ADD gateway_account text;
       DELETE FROM payments.payments_migration WHERE name LIKE 'WayBack%'`,
    );
    const refused = await run(['migrate'], urlsOf(migrated));
    await queryDatabase(migrated, 'DELETE FROM payments.relocation');

    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/being moved to elsewhere\/vault.*db relocate --cancel/);

    const { code, stderr } = await run(['migrate'], urlsOf(migrated));

    expect([code, stderr]).toEqual([0, '']);
  });

  it('keep the two roles out of each other’s tables', async () => {
    for (const [url, table] of [
      [migrated.applicationUrl, 'payments.payment'],
      [migrated.paymentsUrl, 'app.invoice'],
    ] as const)
      await expect(queryUrl(url, `SELECT FROM ${table}`)).rejects.toThrow(/permission denied|does not exist/);
  });

  it('say in words that the database cannot be reached, without its password', async () => {
    const nowhere = `postgres://app:hunter2@127.0.0.1:${await freePort()}/tokenkeep`;

    const { code, stderr } = await run(['status'], { DATABASE_URL: nowhere });

    expect(code).toBe(1);
    expect(stderr).toMatch(/DATABASE_URL: .*cannot be reached/);
    expect(stderr).not.toContain('hunter2');
  });

  function run(argv: string[], environment: Record<string, string> = {}) {
    return runToEnd('cli.js', argv, folder, environment);
  }
});
