import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { eventually, savedCard } from '../support/given.js';
import { createTestDatabase, dropTestDatabase, type TestDatabase } from '../support/databases.js';
import { emptyFolder, endPrograms, freePort, Program } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';
import {
  attempt,
  Careless,
  container,
  containerGaps,
  door,
  Neighbour,
  NeighbourModule,
} from './cases/run-time.js';
import { database } from './cases/run-time-database.js';
import { environment, environmentGaps, SPY } from './cases/run-time-environment.js';
import { classesOf, findings } from './findings.js';

/** What the databases of the tests are sealed with. */
const tokenKeys = () => readFile(join(process.env['TEST_FOLDER']!, 'payments-token-key'), 'utf8');

describe('code in the same process', () => {
  let tokenkeep: Tokenkeep;
  let neighbour: Neighbour;
  let treasure: { secrets: string[]; classes: Set<string> };

  beforeAll(async () => {
    tokenkeep = await startTokenkeep({ neighbour: NeighbourModule });
    const payer = await tokenkeep.as('payer');
    await savedCard(tokenkeep, payer);
    neighbour = tokenkeep.app.get(Neighbour, { strict: false });
    const { sandbox, webhookSecret, database: urls } = tokenkeep;
    const tokenKey = (await tokenKeys()).trim().split(':')[1]!;
    treasure = {
      secrets: [sandbox.secretKey, webhookSecret, new URL(urls.paymentsUrl).password, tokenKey],
      classes: await classesOf('src/payments'),
    };
  });
  afterAll(() => tokenkeep.stop());

  it.each([...container, ...door])('finds nothing by $way', async ({ look, makesNew }) => {
    const brought = await attempt(() => look(neighbour));

    const classes = makesNew ? new Set<string>() : treasure.classes;
    expect(findings(brought, { ...treasure, classes })).toEqual([]);
  });

  it.each(container.filter((it) => it.findsTheCareless))(
    'would find what does not hide, by $way',
    async ({ look }) => {
      const brought = await attempt(() => look(neighbour));

      expect(findings(brought, { secrets: [], classes: new Set([Careless.name]) })).not.toEqual([]);
    },
  );

  it.each(door.filter(({ way }) => / in place | below | defined on | under another /.test(way)))(
    'is refused $way',
    async ({ look }) => {
      expect(await attempt(() => look(neighbour))).toBeInstanceOf(Error);
    },
  );

  it.each(database)('reads and changes nothing of payments by $way', async ({ look, showsNothing }) => {
    const answers = [await attempt(() => look(neighbour))].flat();

    if (showsNothing) expect(answers.flat()).toEqual([]);
    else expect(answers.filter((answer) => !isRefusal(answer))).toEqual([]);
  });

  it.each(containerGaps)('does find payments by $way, as the page says', ({ look }) => {
    expect(findings(look(neighbour), treasure)).not.toEqual([]);
  });

  it('would have found rows there', async () => {
    expect(await tokenkeep.sql('SELECT id FROM payments.payment_method')).toHaveLength(1);
  });

  it('still pays through the door', async () => {
    const payer = await tokenkeep.as('payer');
    const { id } = await savedCard(tokenkeep, payer);

    await expect(neighbour.payments.paymentMethod(id as string, 'somebody-else')).rejects.toThrow();
  });
});

describe('a started program', () => {
  const secrets = {
    STRIPE_SECRET_KEY: `sk_test_canary${randomBytes(12).toString('hex')}`,
    STRIPE_WEBHOOK_SECRETS: `whsec_canary${randomBytes(12).toString('hex')}`,
    PAYMENTS_TOKEN_KEYS: '',
  };
  const looks = [...environment, ...environmentGaps];
  let urls: TestDatabase;
  let folder: string;

  beforeAll(async () => {
    urls = await createTestDatabase();
    secrets.PAYMENTS_TOKEN_KEYS = (await tokenKeys()).trim();
    folder = await emptyFolder();
    await writeFile(join(folder, 'spy.mjs'), SPY);
    await writeFile(join(folder, 'looks.json'), JSON.stringify(looks.map(({ look }) => look)));
  });
  afterAll(async () => {
    await endPrograms();
    await rm(folder, { recursive: true });
    await dropTestDatabase(urls);
  });

  const start = async (given: Record<string, string>) => {
    const PORT = await freePort();
    return Program.start(
      'main.js',
      folder,
      {
        ...given,
        NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'spy.mjs')).href}`,
        NODE_ENV: 'test', // the database need not be made the home by hand
        PORT: String(PORT),
        DATABASE_URL: urls.applicationUrl,
        DATA_FOLDER: folder,
        SANDBOX_PORT: 'off',
        LOG_LEVEL: 'silent',
        WORKERS: 'off',
        MIGRATE_ON_START: 'off',
      },
      PORT,
    );
  };

  /** What each look finds of the secrets in a program that was given them like this. */
  const lookRound = async (program: Program): Promise<Map<string, string[]>> => {
    process.kill(program.child.pid!, 'SIGUSR2');
    const file = join(folder, 'answers.json');
    await eventually(() => Promise.resolve(existsSync(file)), Boolean, 20_000);
    const answers = JSON.parse(await readFile(file, 'utf8')) as string[];
    await rm(file);
    await program.end();
    const canaries = Object.values({ ...secrets, url: new URL(urls.paymentsUrl).password });
    const found = (answer = '') => canaries.filter((secret) => answer.includes(secret));
    return new Map(looks.map(({ way }, index) => [way, found(answers[index])]));
  };

  it('has no secret left where code could look for it, when they came by the environment', async () => {
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=silent');

    const found = await lookRound(await start({ ...secrets, PAYMENTS_DATABASE_URL: urls.paymentsUrl }));

    expect(environment.filter(({ way }) => found.get(way)!.length > 0)).toEqual([]);
    expect(environmentGaps.map(({ way }) => found.get(way)!.length > 0)).toEqual([true, true, false]);
  }, 60_000);

  it('has none there either when they came from .env.payments, and none in what Linux keeps', async () => {
    const given = { ...secrets, PAYMENTS_DATABASE_URL: urls.paymentsUrl };
    const lines = Object.entries(given).map(([name, value]) => `${name}="${value}"`);
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=silent');
    await writeFile(join(folder, '.env.payments'), lines.join('\n'));

    const found = await lookRound(await start({}));
    await rm(join(folder, '.env.payments'));

    expect(environment.filter(({ way }) => found.get(way)!.length > 0)).toEqual([]);
    expect(environmentGaps.map(({ way }) => found.get(way)!.length > 0)).toEqual([false, true, true]);
  }, 60_000);

  it('does not start with a secret of payments in .env, and says where to move it', async () => {
    await writeFile(join(folder, '.env'), `STRIPE_SECRET_KEY=${secrets.STRIPE_SECRET_KEY}`);

    const refusal = await start({}).catch((error: Error) => error.message);

    expect(refusal).toContain('STRIPE_SECRET_KEY: stands in .env');
    expect(refusal).toContain('move it to .env.payments');
    expect(refusal).not.toContain(secrets.STRIPE_SECRET_KEY);
  });
});

/** By Nest, TypeORM or the database, and not because the statement is wrong; a schema without USAGE is passed over in a path. */
function isRefusal(answer: unknown): boolean {
  return (
    answer instanceof Error &&
    /permission denied|must be|EntityMetadataNotFound|Nest could not find|relation "payment_method" does not exist/i.test(
      `${answer.name} ${answer.message}`,
    )
  );
}
