import { idOfList } from './attention-lists.js';
import { barCell } from './charts.js';
import { toList } from './to-list.js';
import { h, notice } from './dom.js';
import { money } from './format.js';
import { type Backlog, duration, type Gateway, type Summary, utc, type Why } from './operations-api.js';

/** As the contract's `PaymentFailure.code`; one that is new is shown as it is called. */
const DECLINES: Record<string, string> = {
  declined: 'Declined by the bank',
  insufficient_funds: 'Not enough money',
  authentication_failed: 'The payer was not authenticated',
  incorrect_details: 'Details are wrong',
  card_expired: 'The card has expired',
  method_unusable: 'The method cannot be charged any more',
  gateway_refused: 'Refused by the gateway',
  not_finished: 'Never sent, or not finished in time',
};

const STATES: Record<Gateway['state'], { words: string; tone: string }> = {
  up: { words: 'Up', tone: 'good' },
  failing: { words: 'Last call got no answer', tone: 'waiting' },
  down: { words: 'Down: left alone (breaker open)', tone: 'bad' },
  trying: { words: 'Trying again (breaker half open)', tone: 'waiting' },
  not_asked: { words: 'Not asked since the start', tone: '' },
};

/** More than this behind, and somebody should look; the same as the alarms of the metrics. */
const LAG_SECONDS = 60;
const DELIVERY_LAG_SECONDS = 3_600;

type Counts = Map<string, number>;

/** How things stand this moment, whatever the window. */
export function standingPanel() {
  const paused = h('div');
  const tiles = h('dl', { class: 'tiles' });
  const element = h('section', {}, h('h2', {}, 'Now'), paused, tiles);
  let before = '';
  return {
    element,
    show(summary: Summary, counts: Counts): void {
      const shown = tilesOf(summary, counts);
      const now = shown.map((it) => it.outerHTML).join('') + summary.charging;
      if (now === before) return; // else the focus of whoever is on a link there would be lost
      before = now;
      tiles.replaceChildren(...shown);
      const words = 'New charges are refused until PAYMENTS_CHARGING is on again.';
      paused.replaceChildren(
        ...(summary.charging === 'off' ? [notice('waiting', 'Charging is paused', h('p', {}, words))] : []),
      );
    },
  };
}

function tilesOf({ inbox, outbox, eventEndpoints, gateways }: Summary, counts: Counts): HTMLElement[] {
  const of = (why: Why, words: string) => numberOf(counts, why, words);
  return [
    tile('Gateways', ...gateways.map(gatewayLine)),
    tile(
      'Recovery',
      of('unknown_outcome', 'Unknown payments'),
      of('unknown_refund', 'Unknown refunds'),
      of('failed_refund', 'Failed refunds'),
    ),
    tile(
      'Webhook inbox',
      lagLine(inbox, LAG_SECONDS),
      line(`Of them failed, and tried again: ${inbox.failed}`),
      of('parked_event', 'Parked'),
      line(`Received in this window: ${inbox.received}`),
    ),
    tile('Outbox', lagLine(outbox, LAG_SECONDS), of('undelivered_message', 'That nobody takes')),
    tile(
      'Event endpoints',
      line(
        `Active: ${eventEndpoints.active}, failing: ${eventEndpoints.failing}, disabled: ${eventEndpoints.disabled}`,
      ),
      lagLine(eventEndpoints, DELIVERY_LAG_SECONDS),
      of('failing_endpoint', 'Taking nothing for an hour'),
      of('disabled_endpoint', 'Disabled by their failures'),
    ),
    tile('Disputes', of('dispute_due', 'To answer')),
  ];
}

function tile(name: string, ...lines: HTMLElement[]): HTMLElement {
  return h('div', { class: 'tile' }, h('dt', {}, name), ...lines);
}

function line(...content: (Node | string)[]): HTMLElement {
  const element = h('dd');
  element.append(...content);
  return element;
}

/** A number that leads to what it counts, where there is something. */
function numberOf(counts: Counts, why: Why, words: string): HTMLElement {
  const count = counts.get(why) ?? 0;
  const text = `${words}: ${count}`;
  return line(count > 0 ? toList(idOfList(why), text) : text);
}

function lagLine({ waiting, lagSeconds }: Backlog, most: number): HTMLElement {
  if (waiting === 0) return line('Waiting: 0');
  const isLate = lagSeconds > most;
  const age = h(
    'span',
    { class: isLate ? 'badge bad' : 'badge' },
    `oldest ${duration(lagSeconds)}${isLate ? ', late' : ''}`,
  );
  return line(`Waiting: ${waiting} `, age);
}

function gatewayLine({ name, isDefault, state, lastAnswerAt }: Gateway): HTMLElement {
  const { words, tone } = STATES[state];
  const answered = lastAnswerAt === null ? '' : ` last answer ${utc(lastAnswerAt)} UTC`;
  return line(
    `${name}${isDefault ? ' (for new methods)' : ''} `,
    h('span', { class: `badge ${tone}`.trim() }, words),
    h('span', { class: 'quiet' }, answered),
  );
}

export function declinesPanel() {
  const place = h('div');
  const element = h('section', { class: 'panel' }, h('h2', {}, 'Failed payments by reason'), place);
  return {
    element,
    show({ payments: { declines } }: Summary): void {
      if (declines.length === 0)
        return place.replaceChildren(h('p', { class: 'empty' }, 'None failed in this window.'));
      const most = Math.max(...declines.map(({ count }) => count));
      const rows = declines.map(({ code, count }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, DECLINES[code] ?? code),
          h('td', { class: 'number' }, String(count)),
          barCell(count, most, 'failed'),
        ),
      );
      place.replaceChildren(table('Failed payments by reason', ['Reason', 'Payments', 'Share'], rows));
    },
  };
}

/** Two bars of each currency against each other; currencies are not comparable. */
export function moneyPanel() {
  const place = h('div');
  const element = h('section', { class: 'panel' }, h('h2', {}, 'Money'), place);
  return {
    element,
    show({ money: sums }: Summary): void {
      if (sums === null)
        return place.replaceChildren(h('p', { class: 'empty' }, 'Sums are shown to finance only.'));
      if (sums.length === 0)
        return place.replaceChildren(h('p', { class: 'empty' }, 'No money moved in this window.'));
      const rows = sums.flatMap(({ currency, chargedMinor, refundedMinor, refundingMinor }) => {
        const most = Math.max(chargedMinor, refundedMinor, refundingMinor);
        const row = (what: string, amount: number, kind: string) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, `${currency} ${what}`),
            h('td', { class: 'number' }, money(amount, currency)),
            barCell(amount, most, kind),
          );
        return [
          row('charged', chargedMinor, 'succeeded'),
          row('refunded', refundedMinor, 'failed'),
          ...(refundingMinor > 0 ? [row('being refunded', refundingMinor, 'waiting')] : []),
        ];
      });
      place.replaceChildren(
        table('Money charged and refunded, by currency', ['What', 'Amount', 'Share'], rows),
      );
    },
  };
}

function table(caption: string, heads: string[], rows: HTMLElement[]): HTMLElement {
  return h(
    'table',
    { class: 'entries bars' },
    h('caption', { class: 'visually-hidden' }, caption),
    h('thead', {}, h('tr', {}, ...heads.map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', {}, ...rows),
  );
}
