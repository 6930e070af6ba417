import { expect, it } from '@jest/globals';
import { secondsOf } from '../../src/payments/event-endpoint/retry-after.js';

const NOW = Date.parse('2027-01-15T10:00:00Z');

it.each([
  ['120', 120],
  ['Fri, 15 Jan 2027 10:10:00 GMT', 600],
  ['999999999', 3_600],
  ['Sat, 15 Jan 2028 10:00:00 GMT', 3_600],
  ['Fri, 15 Jan 2027 09:00:00 GMT', null],
  ['0', null],
  ['-5', null],
  ['soon', null],
  ['', null],
  [undefined, null],
])('takes Retry-After %j as %j seconds', (header, seconds) => {
  expect(secondsOf(header, NOW)).toBe(seconds);
});
