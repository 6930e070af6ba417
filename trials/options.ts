import { parseArgs } from 'node:util';
import { GATEWAY_NAMES, type GatewayName } from './gateways/gateway.ts';
import type { Shape } from './world/instance.ts';

export const PARTS = [
  'crashes',
  'histories',
  'methods',
  'races',
  'database',
  'webhooks',
  'faults',
  'audit',
  'relocation',
  'extraction',
  'mutants',
] as const;
export type PartName = (typeof PARTS)[number];

/** What is tried with two programs, too. */
export const APART: readonly PartName[] = ['crashes', 'histories', 'methods', 'races', 'webhooks', 'faults'];

/** What is tried with other gateways, too. */
export const IN_ALL_WORDS: readonly PartName[] = ['crashes', 'histories', 'races', 'webhooks', 'faults'];

export const HELP = `The trials: a judge outside the product, which shows that money is never charged twice, never lost and never guessed.

  npm run trials                    a short run of every part, then the mutants
  npm run trials -- --count 10000   10,000 histories, 5 kills a point, 1,000 of each race, ...
  npm run trials -- --only crashes --match '^C3$' --seed 7 --count 1
  npm run trials -- --only relocation --payments 100000 --rate 20

  npm run trials -- --only crashes --gateway adyen
  npm run trials -- --shape process the application and payments as two programs, either of which is killed

  --seed N        what random choices begin with; a failing trial prints its own (default: the time)
  --count N       how much: the number of histories, and in proportion of everything else (default 100);
                  with --only of one part: the number of its own rounds
  --only PART     ${PARTS.join(' | ')}; may be given several times
  --payments N    relocation: how many payments are there already when their home moves, in the gateway's ledger, too;
                  they are copies of one that was really made (default 5000)
  --rate N        relocation, extraction: how many payments a second are made meanwhile (default 20)
  --shape SHAPE   shared: payments in the application (default); process: payments in a program of their own.
                  In that one: ${APART.join(', ')}
  --gateway NAME  ${GATEWAY_NAMES.join(', ')}: whose account it is (default stripe).
                  Other than Stripe: ${IN_ALL_WORDS.join(', ')}
  --match REGEXP  only the points, races, faults or mutants with such a name
  --short         a little of every part, in less than a minute
  --dist FOLDER   the built program to try (default: dist)
  --help          this text

Exit status: 0 no violation; 1 violations, or a mutant that nobody caught; 2 a wrong option.
`;

export interface Options {
  shape: Shape;
  gateway: GatewayName;
  seed: number;
  count: number;
  /** Rounds are meant of one part alone, and not in proportion. */
  isExact: boolean;
  only: PartName[];
  isShort: boolean;
  match: RegExp | undefined;
  payments: number;
  rate: number;
  dist: string;
}

/** @throws Error for an option that is not known, in words */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      count: { type: 'string' },
      shape: { type: 'string' },
      gateway: { type: 'string' },
      only: { type: 'string', multiple: true },
      match: { type: 'string' },
      payments: { type: 'string' },
      rate: { type: 'string' },
      dist: { type: 'string' },
      short: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const shape = shapeNamed(values.shape ?? 'shared');
  const gateway = gatewayNamed(values.gateway ?? 'stripe');
  const known = PARTS.filter(
    (part) =>
      (shape !== 'process' || APART.includes(part)) && (gateway === 'stripe' || IN_ALL_WORDS.includes(part)),
  );
  const only = (values.only ?? []).map((name) => partNamed(name, known));
  return {
    shape,
    gateway,
    seed: values.seed === undefined ? Date.now() % 1_000_000 : whole('seed', values.seed),
    count: values.count === undefined ? 100 : whole('count', values.count),
    isExact: values.count !== undefined && only.length === 1,
    isShort: values.short ?? false,
    only: only.length > 0 ? only : [...known],
    match: values.match === undefined ? undefined : new RegExp(values.match),
    payments: whole('payments', values.payments ?? '5000'),
    rate: whole('rate', values.rate ?? '20'),
    dist: values.dist ?? new URL('../dist', `file://${import.meta.dirname}/`).pathname,
  };
}

function shapeNamed(name: string): Shape {
  if (name === 'shared' || name === 'process') return name;
  throw new Error(`--shape knows shared and process, not '${name}'.`);
}

function gatewayNamed(name: string): GatewayName {
  const gateway = GATEWAY_NAMES.find((it) => it === name);
  if (!gateway) throw new Error(`--gateway knows ${GATEWAY_NAMES.join(', ')}, not '${name}'.`);
  return gateway;
}

function partNamed(name: string, known: readonly PartName[]): PartName {
  const part = known.find((it) => it === name);
  if (!part) throw new Error(`--only knows ${known.join(', ')}, not '${name}'.`);
  return part;
}

function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not '${text}'.`);
}
