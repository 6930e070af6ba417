import { GLOBALS, WALL, type Case } from './case.js';

const LEAK = `import '../payments/payment/payment.entity.js';`;

/** Comments that ask the linter to look away. */
export const comments: Case[] = [
  {
    way: 'eslint-disable for the file',
    file: 'src/billing/disable-file.ts',
    code: `/* eslint-disable */\n${LEAK}`,
    refusedBy: WALL,
  },
  {
    way: 'eslint-disable-next-line with the name of the rule',
    file: 'src/billing/disable-next-line.ts',
    code: `// eslint-disable-next-line boundaries/dependencies -- urgent\n${LEAK}`,
    refusedBy: WALL,
  },
  {
    way: 'eslint-disable-line',
    file: 'src/billing/disable-line.ts',
    code: `${LEAK} // eslint-disable-line`,
    refusedBy: WALL,
  },
  {
    way: 'a rule set to off in a comment',
    file: 'src/billing/rule-off.ts',
    code: `/* eslint boundaries/dependencies: "off", boundaries/no-unknown-dependencies: 0 */\n${LEAK}`,
    refusedBy: WALL,
  },
  {
    way: 'a global declared in a comment',
    file: 'src/billing/declared-global.ts',
    code: `/* global process:writable */\nexport const key = process.env['STRIPE_SECRET_KEY'];`,
    refusedBy: GLOBALS,
  },
  {
    way: '@ts-nocheck above the import',
    file: 'src/billing/nocheck.ts',
    code: `// @ts-nocheck\n${LEAK}`,
    refusedBy: WALL,
  },
];
