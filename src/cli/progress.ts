const PROGRESS_EVERY = 100;

/** A line on stderr that is written over, for people who wait. */
export function progressLine(verb: string): (count: number) => void {
  const started = Date.now();
  let shown = 0;
  return (count) => {
    if (count < shown + PROGRESS_EVERY || !process.stderr.isTTY) return;
    shown = count;
    const perSecond = Math.round(count / ((Date.now() - started) / 1000));
    process.stderr.write(`\r${count} ${verb}, ${perSecond}/s `);
  };
}

const BAR_CHARACTERS = 30;
/** Often enough to be seen moving. */
const BAR_EVERY_MS = 200;

/** The same where it is known how much there is to do. */
export function progressBar(): (done: number, total: number) => void {
  let shownAt = 0;
  return (done, total) => {
    const isLast = done === total;
    if (!process.stderr.isTTY || (!isLast && Date.now() < shownAt + BAR_EVERY_MS)) return;
    shownAt = Date.now();
    const full = Math.round((done / total) * BAR_CHARACTERS);
    const bar = '#'.repeat(full).padEnd(BAR_CHARACTERS, '.');
    process.stderr.write(`\r[${bar}] ${done} of ${total}${isLast ? '\n' : ' '}`);
  };
}
