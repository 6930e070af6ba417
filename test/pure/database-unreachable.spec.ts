import { describe, expect, it } from '@jest/globals';
import { isDatabaseUnreachable, isGivenUpForOthers } from '../../src/platform/postgres/unreachable.js';

const failed = (code: string) => Object.assign(new Error('failed'), { driverError: { code } });

describe('an error of the database', () => {
  it.each(['57P01', '57P02', '57P03', '08006', '53300', 'ECONNRESET'])('%s says that it is away', (code) => {
    expect(isDatabaseUnreachable(failed(code))).toBe(true);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Query runner already released. Cannot run queries anymore.',
    'Database connection provided by a query runner was already released, cannot continue to use its querying methods anymore.',
  ])('%j says so, too', (words) => {
    expect(isDatabaseUnreachable(new Error(words))).toBe(true);
  });

  it('says so when nobody listens at its address', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

    expect(isDatabaseUnreachable(refused)).toBe(true);
  });

  it.each(['23505', '22P02', '40001', '57014'])('%s is about the statement', (code) => {
    expect(isDatabaseUnreachable(failed(code))).toBe(false);
  });

  it.each([
    ['40P01', true], // a circle of locks
    ['40001', true],
    ['55P03', true],
    ['57014', true],
    ['23505', false],
    ['57P01', false],
  ])('%s may be tried again at once: %s', (code, expected) => {
    expect(isGivenUpForOthers(failed(code))).toBe(expected);
  });
});
