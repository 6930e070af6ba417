import type { Finding, PartResult } from './trial.ts';

const WRONG_SHOWN_MAX = 12;

/** One line that is written over, with the rate and the time left; one line a minute where there is no terminal. */
export function progressOf(part: string): (done: number, all: number, findings: number) => void {
  const begun = Date.now();
  let written = begun;
  return (done, all, findings) => {
    const isLast = done === all;
    const pause = process.stderr.isTTY ? 200 : 60_000;
    if (!isLast && Date.now() - written < pause) return;
    written = Date.now();
    const seconds = (Date.now() - begun) / 1_000;
    const left = done === 0 ? '?' : `${Math.ceil((seconds / done) * (all - done))} s left`;
    const line = `${part}: ${done} of ${all}, ${(done / seconds).toFixed(1)}/s, ${left}, ${findings} violations`;
    process.stderr.write(
      process.stderr.isTTY && !isLast ? `\r${line}   ` : `${process.stderr.isTTY ? '\r' : ''}${line}   \n`,
    );
  };
}

/** A failing trial: what was tried, how to do it again, and what differs. */
export function printFinding({ part, trial, seed, replay, wrong }: Finding): void {
  console.log(`\nVIOLATION in ${part}, ${trial} (seed ${seed})`);
  for (const words of wrong.slice(0, WRONG_SHOWN_MAX)) console.log(`  - ${words}`);
  if (wrong.length > WRONG_SHOWN_MAX) console.log(`  ... and ${wrong.length - WRONG_SHOWN_MAX} more`);
  console.log(`  again: ${replay}`);
}

export function printTable(results: PartResult[], seconds: number): void {
  console.log('\npart                     trials  violations  notes');
  for (const { part, trials, findings, notes } of results)
    console.log(
      `${part.padEnd(23)}${String(trials).padStart(8)}${String(findings.length).padStart(12)}  ${notes.join('; ')}`,
    );
  console.log(`${Math.round(seconds)} s`);
}
