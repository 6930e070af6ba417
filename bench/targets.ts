import type { Results } from './results.js';

/** What was to be reached, and what was. */
export interface Target {
  work: string;
  asked: string;
  measured: string;
  reached: boolean;
}

/** The figures that this product set itself, as far as they were measured in this run. */
export function targets(results: Results): Target[] {
  const list: Target[] = [];
  const atLeast = (work: string, asked: number, of: string, measured: number | undefined) => {
    if (measured === undefined) return;
    list.push({ work, asked: `${asked} ${of}`, measured: measured.toFixed(2), reached: measured >= asked });
  };
  const atMost = (work: string, asked: number, unit: string, measured: number | undefined) => {
    if (measured === undefined) return;
    list.push({
      work,
      asked: `at most ${asked} ${unit}`,
      measured: measured.toFixed(1),
      reached: measured <= asked,
    });
  };

  const received = 'webhook, durable before the answer, 64 at once';
  atLeast(received, 3, 'times by-hand', results.ratio('received', 64, 'tokenkeep', 'by-hand'));
  atLeast(received, 0.6, 'of the floor', results.ratio('received', 64, 'tokenkeep', 'floor'));
  const processed = results.ratio('processed', 64, 'tokenkeep', 'by-hand');
  atLeast('webhook processed to the end', 1.5, 'times by-hand', processed);
  const charged = results.ratio('charge', 64, 'tokenkeep', 'by-hand');
  atLeast('charge, gateway 0 ms, 64 at once', 1.0, 'of by-hand', charged);
  const slow = results.perSecond('slow charge', 64, 'tokenkeep');
  atLeast('charge, gateway 200 ms, 64 at once', 0.9, 'of 64 / 0.4 s', slow && slow / (64 / 0.4));

  const figure = (name: string) => results.figures.get(name);
  const commits = (name: string) => {
    const [added, one] = [figure(name), figure('one commit')];
    return added === undefined || one === undefined ? undefined : added / one;
  };
  atMost('time added to one charge, p50', 6, 'durable commits', commits('added p50 tokenkeep'));
  atMost('time added to one charge, p99', 15, 'durable commits', commits('added p99 tokenkeep'));
  atMost('memory at half capacity', 250, 'MB', figure('peak memory'));
  atMost('memory growth after the first fifth', 5, 'MB in 10 minutes', figure('memory growth'));
  return list;
}
