import { describe, expect, it } from '@jest/globals';
import { SealBroken, Seals } from '../../src/payments/database/sealing.js';
import { newTokenKey, parseTokenKeys, TOKEN_KEY_PATTERN } from '../../src/payments/database/token-keys.js';

const place = { column: 'payment_method.provider_token', rowId: 'row-1' };
const [older, newer] = [newTokenKey('2026'), newTokenKey('2027')];
const sealsWith = (...keys: string[]) => new Seals(() => parseTokenKeys(keys));

describe('a sealed value', () => {
  it('opens where it was sealed, and shows nothing of itself', () => {
    const sealed = sealsWith(newer).seal(place, 'pm_secret');

    expect(sealsWith(newer).open(place, sealed).toString()).toBe('pm_secret');
    expect(sealed.toString('latin1')).not.toContain('pm_secret');
  });

  it('is another one each time', () => {
    const seals = sealsWith(newer);

    expect(seals.seal(place, 'pm_secret').equals(seals.seal(place, 'pm_secret'))).toBe(false);
  });

  it.each([
    ['another row', { ...place, rowId: 'row-2' }],
    ['another column', { ...place, column: 'webhook_event.body' }],
  ])('does not open in %s', (_, elsewhere) => {
    const sealed = sealsWith(newer).seal(place, 'pm_secret');

    expect(() => sealsWith(newer).open(elsewhere, sealed)).toThrow(SealBroken);
  });

  it('does not open when any one bit of it is changed', () => {
    const seals = sealsWith(newer);
    const sealed = seals.seal(place, 'pm_secret');

    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => seals.open(place, changed)).toThrow(SealBroken);
    }
  });

  it('opens with an older key too, as long as that is configured', () => {
    const sealed = sealsWith(older).seal(place, 'pm_secret');

    expect(sealsWith(newer, older).open(place, sealed).toString()).toBe('pm_secret');
    expect(() => sealsWith(newer).open(place, sealed)).toThrow('a key that is not configured');
  });

  it('does not open with a key of the same name that is another one', () => {
    const sealed = sealsWith(newer).seal(place, 'pm_secret');

    expect(() => sealsWith(newTokenKey('2027')).open(place, sealed)).toThrow(SealBroken);
  });
});

it('a new token key is what the setting wants', () => {
  expect(newTokenKey('2027-01')).toMatch(TOKEN_KEY_PATTERN);
});
