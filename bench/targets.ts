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
  atLeast(
    'charge, payments on a server of their own, 64 at once',
    0.9,
    'of the shared shape',
    results.ratio('shapes', 64, 'isolated', 'tokenkeep'),
  );
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
  atMost('list of 5 saved methods', 1.5, 'times by hand with pg', figure('listing ratio'));
  atMost(
    'CPU of a charge, payments apart',
    1.6,
    'times an isolated database',
    figure('CPU ratio of the shapes'),
  );
  list.push(...cardDataTargets(results.figures));
  return list;
}

function cardDataTargets(figures: Results['figures']): Target[] {
  const list: Target[] = [];
  const compare = (figure: string, work: string, asked: number, unit: string, isLeast: boolean) => {
    const measured = figures.get(figure);
    if (measured === undefined) return;
    const reached = isLeast ? measured >= asked : measured <= asked;
    list.push({
      work,
      asked: `at ${isLeast ? 'least' : 'most'} ${asked} ${unit}`,
      measured: measured.toFixed(2),
      reached,
    });
  };
  for (const kind of ['plain', 'separated', 'Unicode digits and separators'])
    compare(`card data found: ${kind}`, `card numbers found: ${kind}`, 100, '%', true);
  compare(
    'card data found: one layer of encoding',
    'card numbers found: one layer of encoding',
    99.5,
    '%',
    true,
  );
  compare('card data found: split', 'card numbers found: spread over fields', 95, '%', true);
  compare('false positives: structured', 'a million identifiers and the like, refused', 0, '', false);
  compare('false positives: removed', 'the same, removed from logs', 0.1, '%', false);
  compare('false positives: bodies', '100,000 bodies, refused', 1, '', false);
  compare('false positives: random', 'sixteen random digits, refused', 4, '%', false);
  compare('card data MB/s', 'guard, all passes', 50, 'MB/s', true);
  compare('card data p99 of 16 KB', 'guard, 16 KB, p99', 1, 'ms', false);
  compare('share of card-data guard', "guard, of a charge's CPU time", 5, '%', false);
  compare('share of rate limits', "rate limits, of a charge's CPU time", 2, '%', false);
  compare('audit append share', "audit entries, of a charge's time", 10, '%', false);
  compare('audit entries verified', 'audit verify', 100_000, 'entries/s', true);
  compare('card data hostile', 'guard, a hostile megabyte', 50, 'ms', false);
  return list;
}
