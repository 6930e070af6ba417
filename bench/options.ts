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

const USAGE = `npm run bench -- [--rounds 5] [--seconds 3] [--events 2000] [--soak 1m] [--only ${WORKS.join(',')}]`;

/** @throws Error that tells the usage */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      events: { type: 'string', default: '2000' },
      soak: { type: 'string', default: '1m' },
      only: { type: 'string', default: WORKS.join(',') },
    },
  });
  const only = values.only.split(',');
  if (!only.every(isWork)) throw new Error(USAGE);
  return {
    rounds: positive(values.rounds),
    seconds: positive(values.seconds),
    events: positive(values.events),
    soakSeconds: duration(values.soak),
    only,
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

function isWork(name: string): name is Work {
  return (WORKS as readonly string[]).includes(name);
}

function positive(text: string): number {
  if (!(Number(text) > 0)) throw new Error(USAGE);
  return Number(text);
}

/** `90s` or `10m`. */
function duration(text: string): number {
  const [, number, unit] = /^(\d+)(s|m)$/.exec(text) ?? [];
  return positive(number ?? '') * (unit === 'm' ? 60 : 1);
}
