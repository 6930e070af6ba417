import { SYNTAX, UNKNOWN_FILE, WALL, type Case } from './case.js';

const leak = (up: string) => `export * from '${up}/payments/payment/payment.entity.js';`;

/** Files where nobody looks: unlisted folders, other extensions, hidden names. */
export const files: Case[] = [
  {
    way: 'a folder of src that nobody listed',
    file: 'src/shared/leak.ts',
    code: leak('..'),
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a folder inside payments that nobody listed',
    file: 'src/payments/common/leak.ts',
    code: leak('../..'),
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a second door beside the contract',
    file: 'src/payments/charges.contract.ts',
    code: `export * from './payment/payment.entity.js';`,
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a file directly under src',
    file: 'src/leak.ts',
    code: leak('.'),
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a folder beside src',
    file: 'scripts/leak.js',
    code: leak('../src'),
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a folder outside src that is built like src inside',
    file: 'lib/src/payments/payment/leak.ts',
    code: `export * from './payment.entity.js';`,
    beside: { 'lib/src/payments/payment/payment.entity.ts': 'export class PaymentEntity {}' },
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a file whose name starts with a dot',
    file: 'src/billing/quiet/.leak.ts',
    code: leak('../..'),
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a folder whose name starts with a dot',
    file: 'src/billing/.quiet/leak.ts',
    code: leak('../..'),
    refusedBy: UNKNOWN_FILE,
  },
  {
    way: 'a CommonJS file in TypeScript (.cts)',
    file: 'src/billing/leak.cts',
    code: `import payment = require('../payments/payment/payment.entity.js');\nexport = payment;`,
    refusedBy: WALL,
  },
  {
    way: 'a module file in TypeScript (.mts)',
    file: 'src/billing/leak.mts',
    code: leak('..'),
    refusedBy: WALL,
  },
  {
    way: 'a CommonJS file (.cjs)',
    file: 'src/billing/leak.cjs',
    code: `module.exports = require('../payments/payment/payment.entity.js');`,
    refusedBy: WALL,
  },
  {
    way: 'a page in JSX (.jsx)',
    file: 'src/billing/leak.jsx',
    code: `import { PaymentEntity } from '../payments/payment/payment.entity.js';\nexport const Page = () => <p>{PaymentEntity.name}</p>;`,
    refusedBy: WALL,
  },
  {
    way: 'a plain JavaScript file, which the type checker does not see',
    file: 'src/notifications/plain.js',
    code: `export const harmless = 1;`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a declaration file (.d.ts)',
    file: 'src/billing/leak.d.ts',
    code: leak('..'),
    refusedBy: WALL,
  },
  {
    way: 'a configuration of its own in a folder',
    file: 'src/billing/relaxed/eslint.config.js',
    code: `export default [{ rules: { 'boundaries/dependencies': 'off' } }];`,
    refusedBy: SYNTAX,
  },
  {
    way: 'the file beside such a configuration',
    file: 'src/billing/relaxed/leak.ts',
    code: leak('../..'),
    refusedBy: WALL,
  },
];
