import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createTestDatabase,
  dropTestDatabase,
  queryUrl,
  standingOfApplication,
  type TestDatabase,
} from '../support/databases.js';
import { LEVEL, SHAPE } from '../support/shape.js';
import { startTokenkeep, type StartOptions, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let own: TestDatabase;
let other: TestDatabase;
let beside: Tokenkeep | undefined;
beforeAll(async () => {
  [tokenkeep, own, other] = await Promise.all([startTokenkeep(), createTestDatabase(), createTestDatabase()]);
});
afterEach(async () => {
  await beside?.stop();
  beside = undefined;
});
afterAll(async () => {
  await tokenkeep.stop();
  await dropTestDatabase(own);
  await dropTestDatabase(other);
});

/** Elsewhere they are on two servers already. */
const onOneServer = SHAPE === 'shared' ? it : it.skip;

describe('how far payment data is from the rest', () => {
  it('is measured and said, wherever somebody looks', async () => {
    const { body: ready } = await (await tokenkeep.as('payer')).get('/health/ready');
    const metrics = await (await fetch(`${tokenkeep.url}/metrics`)).text();

    expect(ready.checks.paymentsDatabase).toEqual({ status: 'up', isolation: LEVEL });
    expect(metrics).toContain(`payments_isolation_level{level="${LEVEL}"} 1`);
    expect(JSON.parse((await tokenkeep.cli('status')).stdout)).toMatchObject({ isolation: LEVEL });
  });

  onOneServer('is more in a database of their own on the same server', async () => {
    await queryUrl(other.adminUrl, `REVOKE CONNECT ON DATABASE ${other.name} FROM tokenkeep_app`);
    await queryUrl(own.adminUrl, `REVOKE CONNECT ON DATABASE ${own.name} FROM tokenkeep_payments`);

    beside = await startTokenkeep({
      beside: tokenkeep,
      environment: { DATABASE_URL: own.applicationUrl, PAYMENTS_DATABASE_URL: other.paymentsUrl },
    });

    expect(await isolationOf(beside)).toBe('database');
  });

  it.each([LEVEL, 'schema'])('is enough for a minimum of %s', async (minimum) => {
    beside = await startBeside(minimum);

    expect(await isolationOf(beside)).toBe(LEVEL);
  });

  it('stops the start where it is less than the minimum, and says why and what to do', async () => {
    const minimum = LEVEL.startsWith('cluster') ? 'cluster+process' : 'cluster';

    const refusal = await startBeside(minimum).then(
      () => 'it started',
      (error: Error) => error.message,
    );

    expect(refusal).toMatch(
      new RegExp(
        `^PAYMENTS_ISOLATION_MINIMUM: payment data must be isolated by ${minimum.replace('+', '\\+')}, and are by ${LEVEL.replace('+', '\\+')}`,
      ),
    );
    expect(refusal).toContain('Set PAYMENTS_DATABASE_URL to a database that is further away');
  });

  it.each([
    ['a membership', 'GRANT tokenkeep_payments TO tokenkeep_app', { memberOf: ['tokenkeep_payments'] }],
    [
      'a right on one column',
      'GRANT SELECT (id) ON payments.payment TO tokenkeep_app',
      { reachesSchema: true },
    ],
    ['the power to make roles', 'ALTER ROLE tokenkeep_app CREATEROLE', { mayMakeRoles: true }],
    ['the power to do anything', 'ALTER ROLE tokenkeep_app SUPERUSER', { isSuperuser: true }],
    ['the way past row security', 'ALTER ROLE tokenkeep_app BYPASSRLS', { passesRowSecurity: true }],
    ['nothing', 'SELECT', { memberOf: [], reachesSchema: false, mayMakeRoles: false, isSuperuser: false }],
  ])('counts %s that the server gave the application', async (_, given, seen) => {
    const standing = await standingOfApplication(tokenkeep.database, given);

    expect(standing).toMatchObject({ role: 'tokenkeep_app', ...seen });
  });
});

function startBeside(minimum: string): Promise<Tokenkeep> {
  const options: StartOptions = { beside: tokenkeep, environment: { PAYMENTS_ISOLATION_MINIMUM: minimum } };
  return startTokenkeep(options);
}

async function isolationOf(started: Tokenkeep): Promise<string> {
  const { body: ready } = await (await started.as('payer')).get('/health/ready');
  return ready.checks.paymentsDatabase.isolation;
}
