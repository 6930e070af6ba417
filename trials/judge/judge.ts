import type { World } from '../world/world.ts';
import { invoicesPaid, keysDurable, seenOnce } from './books.ts';
import { chargedOnce, intentsKnown } from './charges.ts';
import { type Evidence, gather, type Rule, type Violation } from './evidence.ts';
import { changesLegal, toldOnce } from './history.ts';
import { disputesAgree, refundsAgree } from './returns.ts';

const RULES: readonly Rule[] = [
  ...[chargedOnce, intentsKnown, refundsAgree, disputesAgree],
  ...[changesLegal, toldOnce, invoicesPaid, seenOnce, keysDurable],
];

/** What is wrong in a healed world, in words. `unfinished` is what healing could not bring to an end. */
export async function judge(world: World, unfinished: string[]): Promise<Violation[]> {
  const evidence = await gather(world);
  const stuck = unfinished.map((words) => ({ rule: 'liveness', subject: 'after healing', words }));
  const deaths = world.programs.flatMap(({ name, deaths: died }) =>
    died.splice(0).map((words) => ({
      rule: 'liveness',
      subject: `the program ${name}`,
      words: `ended by itself: ${words}`,
    })),
  );
  return [...stuck, ...deaths, ...verdict(evidence)];
}

export function verdict(evidence: Evidence): Violation[] {
  return RULES.flatMap((rule) => rule(evidence));
}

export function inWords({ rule, subject, words }: Violation): string {
  return `${rule}: ${subject} ${words}`;
}
