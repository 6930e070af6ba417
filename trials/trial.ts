import type { Violation } from './judge/evidence.ts';
import type { Shape } from './world/instance.ts';
import type { TrialGateway } from './gateways/gateway.ts';
import type { House } from './world/house.ts';

/** What one trial found. */
export interface Finding {
  part: string;
  /** What was tried: a point, a race, a seed. */
  trial: string;
  seed: number;
  /** The command that does it again. */
  replay: string;
  wrong: string[];
}

/** What a part did. */
export interface PartResult {
  part: string;
  trials: number;
  findings: Finding[];
  /** Things worth knowing that are no violation. */
  notes: string[];
}

export interface PartOptions {
  seed: number;
  count: number;
  dist: string;
  /** Whether payments run in the application or beside it. */
  shape: Shape;
  /** Whose payments they are. */
  gateway: TrialGateway;
  /** The PostgreSQL and the gateway that all parts share. */
  house: House;
  /** How much there is to move, and how much happens meanwhile. */
  payments: number;
  rate: number;
  /** Only these points, races or mutants. */
  only?: RegExp;
  /** Stops at the first finding: a mutant needs to be caught once. */
  stopsAtFirst?: boolean;
  /** What a mutant does to the database after the migrations. */
  sql?: readonly string[];
  progress: (done: number, all: number, findings: number) => void;
}

/** A part of the trials: it prepares its own worlds in the house, and leaves none behind. */
export type Part = (options: PartOptions) => Promise<PartResult>;

export function wordsOf(violations: Violation[]): string[] {
  return violations.map(({ rule, subject, words }) => `${rule}: ${subject} ${words}`);
}
