import { ROOT, UNKNOWN_TARGET, WALL, type Case } from './case.js';

const loads = (path: string) => `import '${path}';`;

/** Every way in which a path can hide where it leads. */
export const paths: Case[] = [
  {
    way: 'an alias from the `imports` of package.json',
    file: 'src/billing/alias.ts',
    code: loads('#payments/payment/payment.entity.js'),
    refusedBy: WALL,
  },
  {
    way: "the package's own name and its `exports`",
    file: 'src/billing/self-reference.ts',
    code: loads('tokenkeep/payments/payment/payment.entity.js'),
    refusedBy: WALL,
  },
  {
    way: 'the source file by its .ts name',
    file: 'src/billing/ts-extension.ts',
    code: loads('../payments/payment/payment.entity.ts'),
    refusedBy: WALL,
  },
  {
    way: 'a path without an extension',
    file: 'src/billing/no-extension.ts',
    code: loads('../payments/payment/payment.entity'),
    refusedBy: WALL,
  },
  {
    way: 'a folder',
    file: 'src/billing/folder.ts',
    code: loads('../payments/payment'),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'a query behind the path',
    file: 'src/billing/query.ts',
    code: loads('../payments/payment/payment.entity.js?fresh'),
    refusedBy: WALL,
  },
  {
    way: 'a fragment behind the path',
    file: 'src/billing/fragment.ts',
    code: loads('../payments/payment/payment.entity.js#fresh'),
    refusedBy: WALL,
  },
  {
    way: 'a percent-encoded letter, which Node decodes',
    file: 'src/billing/percent.ts',
    code: loads('../payments/%70ayment/payment.entity.js'),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'an escaped letter in the string',
    file: 'src/billing/escaped.ts',
    code: loads('../payments/\\u0070ayment/payment.entity.js'),
    refusedBy: WALL,
  },
  {
    way: 'a detour with dots and doubled slashes',
    file: 'src/billing/detour.ts',
    code: loads('..//platform/../payments/./payment/payment.entity.js'),
    refusedBy: WALL,
  },
  {
    way: 'the door as a folder to step back from',
    file: 'src/billing/step-back.ts',
    code: loads('../payments/payments.contract.js/../payment/payment.entity.js'),
    refusedBy: WALL,
  },
  {
    way: 'another spelling of the case',
    file: 'src/billing/case.ts',
    code: loads('../Payments/payment/payment.entity.js'),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'backslashes',
    file: 'src/billing/backslashes.ts',
    code: loads('..\\\\payments\\\\payment\\\\payment.entity.js'),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'an absolute path',
    file: 'src/billing/absolute.ts',
    code: loads(`${ROOT}/src/payments/payment/payment.entity.js`),
    refusedBy: WALL,
  },
  {
    way: 'a file:// URL',
    file: 'src/billing/file-url.ts',
    code: loads(`file://${ROOT}/src/payments/payment/payment.entity.js`),
    refusedBy: WALL,
  },
  {
    way: 'a data: URL that holds the import',
    file: 'src/billing/data-url.ts',
    code: loads(`data:text/javascript,import "file://${ROOT}/src/payments/payment/payment.entity.js"`),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'a symbolic link to the file',
    file: 'src/billing/linked-file.ts',
    code: loads('./a-link.js'),
    links: { 'src/billing/a-link.ts': 'src/payments/payment/payment.entity.ts' },
    refusedBy: WALL,
  },
  {
    way: 'a symbolic link to the folder',
    file: 'src/billing/linked-folder.ts',
    code: loads('./links/payment.entity.js'),
    links: { 'src/billing/links': 'src/payments/payment' },
    refusedBy: WALL,
  },
  {
    way: 'the built file in dist',
    file: 'src/billing/built.ts',
    code: loads('../../dist/payments/payment/payment.entity.js'),
    beside: { 'dist/payments/payment/payment.entity.js': 'export class PaymentEntity {}' },
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'a path out of the repository and back',
    file: 'src/billing/out-and-back.ts',
    code: loads('../../../tree/src/payments/payment/payment.entity.js'),
    refusedBy: WALL,
  },
  {
    way: 'an alias that nothing resolves',
    file: 'src/billing/unresolved-alias.ts',
    code: loads('@payments/payment/payment.entity.js'),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'a package below a folder of our own, which re-exports payments',
    file: 'src/billing/node_modules/ledger/index.js',
    code: `export * from '../../../payments/payment/payment.entity.js';`,
    beside: { 'src/billing/node_modules/ledger/package.json': '{ "name": "ledger", "type": "module" }' },
    refusedBy: WALL,
  },
  {
    way: 'the import of such a package',
    file: 'src/billing/nested-package.ts',
    code: loads('ledger'),
    refusedBy: WALL,
  },
  {
    way: 'an address on the web',
    file: 'src/billing/web.ts',
    code: loads('https://cdn.example/payments.js'),
    refusedBy: UNKNOWN_TARGET,
  },
  {
    way: 'a folder named so that the plugin takes it for a package',
    file: 'src/billing/my_node_modules/leak.ts',
    code: loads('../../payments/payment/payment.entity.js'),
    refusedBy: WALL,
  },
];
