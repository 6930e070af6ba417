import { type Bar, legend, type Series, stackedBars } from './charts.js';
import { h } from './dom.js';
import { type Outcome, type Outcomes, type Summary, utc } from './operations-api.js';

const SERIES: (Series & { key: Outcome })[] = [
  { key: 'succeeded', name: 'Succeeded' },
  { key: 'failed', name: 'Failed' },
  { key: 'cancelled', name: 'Cancelled' },
  { key: 'waiting', name: 'Waiting for payer, capture or bank' },
  { key: 'confirming', name: 'Not known yet' },
];
const DAY_SECONDS = 86_400;

/** Payments by the time when they were begun, and by how they stand now. */
export function paymentsPanel() {
  const chart = stackedBars(SERIES);
  const key = h('ul', { class: 'legend' });
  const empty = h('p', { class: 'empty', hidden: true }, 'No payment was begun in this time.');
  const caption = h('caption');
  const body = h('tbody');
  const heads = ['From (UTC)', ...SERIES.map(({ name }) => name)];
  const figure = h('figure', {}, chart.element, h('figcaption', {}, key));
  const table = h(
    'details',
    {},
    h('summary', {}, 'Show the numbers as a table'),
    h(
      'div',
      { class: 'scrolled', role: 'region', 'aria-label': 'Payments by outcome, as a table', tabindex: 0 },
      h(
        'table',
        { class: 'entries numbers' },
        caption,
        h('thead', {}, h('tr', {}, ...heads.map((name) => h('th', { scope: 'col' }, name)))),
        body,
      ),
    ),
  );
  const element = h('section', { class: 'panel' }, h('h2', {}, 'Payments by outcome'), empty, figure, table);
  let before = '';

  return {
    element,
    show({ payments: { total, buckets }, bucketSeconds }: Summary, windowName: string): void {
      const now = JSON.stringify([total, buckets, windowName]);
      if (now === before) return;
      before = now;
      const isEmpty = sumOf(total) === 0;
      empty.hidden = !isEmpty;
      figure.hidden = isEmpty;
      table.hidden = isEmpty;
      const said = `Payments of the last ${windowName}: ${inWords(total)}`;
      caption.textContent = said;
      key.replaceChildren(...legend(SERIES, total));
      body.replaceChildren(...buckets.map(rowOf).reverse());
      chart.draw(
        buckets.map((bucket): Bar => {
          const { from, ...values } = bucket;
          return {
            label: labelOf(from, bucketSeconds),
            title: `${utc(from)} UTC: ${inWords(values)}`,
            values,
          };
        }),
        `${said}. The same numbers are in the table below.`,
      );
    },
  };
}

function rowOf(bucket: Outcomes & { from: string }): HTMLElement {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('time', { datetime: bucket.from }, utc(bucket.from).slice(0, -':ss'.length))),
    ...SERIES.map(({ key }) => h('td', {}, String(bucket[key]))),
  );
}

/** The hour where bars are hours, else the day. */
function labelOf(from: string, bucketSeconds: number): string {
  if (bucketSeconds < DAY_SECONDS / 4) return from.slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddThh:mm'.length);
  return new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(from),
  );
}

function inWords(counts: Outcomes): string {
  const words = SERIES.filter(({ key }) => counts[key] > 0).map(
    ({ key, name }) => `${counts[key]} ${name.toLowerCase()}`,
  );
  return words.length > 0 ? words.join(', ') : 'none';
}

export function sumOf(counts: Outcomes): number {
  return SERIES.reduce((sum, { key }) => sum + counts[key], 0);
}
