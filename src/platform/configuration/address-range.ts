import { isIP } from 'node:net';
import { ValidateBy } from 'class-validator';

const BITS = { 4: 32, 6: 128 } as const;

/** Each an address, or a range of them: `10.0.0.0/8`. A range of all addresses would believe everybody, so it is none. */
export function AreAddressRanges(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'areAddressRanges',
      validator: {
        validate: (value) => typeof value === 'string' && isAddressRange(value),
        defaultMessage: () =>
          'must each be an IP address, or a range such as 10.0.0.0/8, of not all there are',
      },
    },
    { each: true },
  );
}

function isAddressRange(value: string): boolean {
  const [address = '', length, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (length === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(length) && Number(length) <= BITS[family as 4 | 6];
}
