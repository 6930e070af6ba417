import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintOf } from '../../src/platform/idempotency/fingerprint.js';

const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const inputs = fc.dictionary(fc.string({ minLength: 1 }), values, { minKeys: 1, noNullPrototype: true });

describe('the fingerprint of a request', () => {
  it('is the same whatever the order in which the fields were written', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const backwards = Object.fromEntries(Object.entries(input).reverse());
        expect(fingerprintOf('charge', 'ada', backwards)).toBe(fingerprintOf('charge', 'ada', input));
      }),
    );
  });

  it('differs as soon as anything differs', () => {
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        fc.pre(JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other)));
        expect(fingerprintOf('charge', 'ada', one)).not.toBe(fingerprintOf('charge', 'ada', other));
      }),
    );
  });

  it.each([
    ['another operation', ['create invoice', 'ada', { amountMinor: 1 }]],
    ['another caller', ['charge', 'ben', { amountMinor: 1 }]],
    ['another amount', ['charge', 'ada', { amountMinor: 2 }]],
    ['text instead of a number', ['charge', 'ada', { amountMinor: '1' }]],
    ['one field more', ['charge', 'ada', { amountMinor: 1, capture: 'manual' }]],
    ['another field', ['charge', 'ada', { amount: 1 }]],
  ] as const)('tells %s apart', (_, [operation, caller, input]) => {
    expect(fingerprintOf(operation, caller, input)).not.toBe(
      fingerprintOf('charge', 'ada', { amountMinor: 1 }),
    );
  });

  it('does not show what it was made of', () => {
    expect(fingerprintOf('charge', 'ada', { obligation: 'invoice:17' })).toMatch(/^[\w-]{43}$/);
  });
});

function sorted(input: object): unknown {
  return Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1));
}
