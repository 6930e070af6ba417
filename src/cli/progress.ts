/** Often enough to be seen moving. */
const SHOWN_EVERY_MS = 200;
const BAR_CHARACTERS = 20;

/** A line on stderr that is written over, for people who wait. */
export function progressLine(verb: string): (count: number) => void {
  const started = Date.now();
  let shownAt = started;
  return (count) => {
    if (!process.stderr.isTTY || Date.now() < shownAt + SHOWN_EVERY_MS) return;
    shownAt = Date.now();
    process.stderr.write(`\r${count} ${verb}, ${perSecond(count, started)}/s `);
  };
}

/** The same where it is known how much there is to do; without people who wait a line for each tenth, for logs. */
export function progressBar(what: string): (done: number, total: number) => void {
  const started = Date.now();
  let shownAt = 0;
  let tenth = 0;
  return (done, total) => {
    const share = done / Math.max(total, 1);
    const isLast = done === total;
    const hasTenth = Math.floor(share * 10) > tenth;
    const isShown = process.stderr.isTTY ? isLast || Date.now() >= shownAt + SHOWN_EVERY_MS : hasTenth;
    if (!isShown) return;
    shownAt = Date.now();
    tenth = Math.floor(share * 10);
    const rate = perSecond(done, started);
    const left = Math.ceil((total - done) / Math.max(rate, 1));
    const bar = '#'.repeat(Math.floor(share * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS, '.');
    const line = `${bar} ${done} of ${total} ${what}, ${rate}/s, ${left} s left`;
    process.stderr.write(process.stderr.isTTY ? `\r${line} ${isLast ? '\n' : ''}` : `${line}\n`);
  };
}

function perSecond(count: number, started: number): number {
  return Math.round(count / Math.max((Date.now() - started) / 1000, 0.001));
}
