import { describe, expect, it } from '@jest/globals';
import { isAtLeast, levelAlone, levelBetween } from '../../src/payments/database/isolation-level.js';
import type { Standing } from '../../src/platform/postgres/standing.js';

const standing = (role: string, more: Partial<Standing>): Standing => ({
  systemIdentifier: '1',
  databaseOid: '1',
  database: 'one',
  role,
  memberOf: [],
  isSuperuser: false,
  mayMakeRoles: false,
  passesRowSecurity: false,
  reachesSchema: false,
  mayConnect: false,
  ...more,
});
const ELSEWHERE = { databaseOid: '2', database: 'two' };

/** What the application's and payments' connections say, and the level that follows. */
const SEEN: [string, Partial<Standing>, Partial<Standing>, string, string][] = [
  ['one login', { role: 'tokenkeep_payments' }, {}, 'schema', 'both sides log in as'],
  ['two logins', {}, {}, 'role', 'both are in the database one'],
  ['two databases', {}, ELSEWHERE, 'database', 'on one server'],
  ['two databases that both may enter', { mayConnect: true }, ELSEWHERE, 'role', 'may connect to two'],
  ['two servers', { isSuperuser: true }, { systemIdentifier: '2' }, 'cluster', ''],
  ['a superuser', { isSuperuser: true }, ELSEWHERE, 'schema', 'tokenkeep_app is a superuser'],
  ['payments as superuser', {}, { isSuperuser: true }, 'schema', 'tokenkeep_payments is a superuser'],
  ['one who makes roles', { mayMakeRoles: true }, ELSEWHERE, 'schema', 'may make roles'],
  ['one past row security', { passesRowSecurity: true }, {}, 'schema', 'passes row security'],
  [
    'a member of payments',
    { memberOf: ['tokenkeep_payments'] },
    {},
    'schema',
    'can become tokenkeep_payments',
  ],
  ['a member of the owner', { memberOf: ['tokenkeep_payments_owner'] }, {}, 'schema', 'payments_owner'],
  ['one who reads all', { memberOf: ['pg_read_all_data'] }, ELSEWHERE, 'schema', 'pg_read_all_data'],
  ['a member of something harmless', { memberOf: ['pg_monitor'] }, {}, 'role', ''],
  [
    'a right on one table',
    { reachesSchema: true },
    {},
    'schema',
    "tokenkeep_app has rights on payments' schema",
  ],
  ['a right the other way', {}, { reachesSchema: true }, 'schema', "on the application's schema"],
];

describe('the isolation of payment data', () => {
  it.each(SEEN)('with %s', (_, application, payments, level, because) => {
    const measured = levelBetween(
      standing('tokenkeep_app', application),
      standing('tokenkeep_payments', payments),
    );

    expect(measured.level).toBe(level);
    expect(measured.because.join('; ')).toContain(because);
  });

  it.each([
    [{ hasApplicationSchema: true, hasApplicationRole: true }, 'role'],
    [{ hasApplicationSchema: false, hasApplicationRole: true }, 'database'],
    [{ hasApplicationSchema: false, hasApplicationRole: false }, 'cluster'],
  ])('where payments run alone and see %j', (seen, level) => {
    expect(levelAlone(seen).level).toBe(level);
  });

  it.each([
    ['schema', true],
    ['role', true],
    ['database', true],
    ['cluster', false],
    ['database+process', false],
  ])('by databases is enough for %s: %s', (minimum, isEnough) => {
    expect(isAtLeast({ level: 'database', isProcessApart: false, because: [] }, minimum)).toBe(isEnough);
  });
});
