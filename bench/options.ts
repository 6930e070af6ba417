import { parseArgs } from 'node:util';

/** What the bench measures, in this order. */
export const WORKS = [
  'commits',
  'received',
  'processed',
  'charges',
  'slow',
  'shapes',
  'apart',
  'added',
  'statements',
  'listing',
  'memory',
  'card-data',
  'shares',
  'audit',
] as const;
export type Work = (typeof WORKS)[number];

export interface Options {
  rounds: number;
  seconds: number;
  events: number;
  soakSeconds: number;
  only: readonly Work[];
  /** The words after `npm run bench`, for the report. */
  command: string;
}

export const HELP = `npm run bench: what a charge and a webhook cost here, beside a program written by hand and beside the least that could do it.

  --rounds N     turns of each side, of which the medians are shown (default 5)
  --seconds N    how long each turn takes (default 3)
  --events N     webhooks that are processed to the end in each turn (default 2000)
  --soak TIME    how long memory is watched at half capacity, as 90s or 10m (default 1m)
  --only WORKS   some of ${WORKS.slice(0, 7).join(',')},
                 ${WORKS.slice(7).join(',')}
  --help         this text

All of it takes about twenty minutes and writes docs/reference/bench.md; the machine should do nothing else meanwhile.
`;

/** Null when somebody only wants to know what there is. @throws Error for an option that is not known, in words */
export function readOptions(args: string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      events: { type: 'string', default: '2000' },
      soak: { type: 'string', default: '1m' },
      only: { type: 'string', default: WORKS.join(',') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return null;
  const only = values.only.split(',').map(workNamed);
  return {
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    events: positive('events', values.events),
    soakSeconds: duration(values.soak),
    only,
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

function workNamed(name: string): Work {
  const work = WORKS.find((known) => known === name);
  if (!work) throw new Error(`--only: there is no work named '${name}'`);
  return work;
}

function positive(option: string, text: string): number {
  if (!(Number(text) > 0)) throw new Error(`--${option} must be a number above 0, not '${text}'`);
  return Number(text);
}

/** In seconds. */
function duration(text: string): number {
  const [, number, unit] = /^(\d+)(s|m)$/.exec(text) ?? [];
  if (!number) throw new Error(`--soak must be a time as 90s or 10m, not '${text}'`);
  return positive('soak', number) * (unit === 'm' ? 60 : 1);
}
