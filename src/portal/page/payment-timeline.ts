import { announce, focusOn, h } from './dom.js';
import { failed } from './failed.js';
import { operations, type TimelineEntry, utc } from './operations-api.js';

const KINDS = { change: 'Change', gateway_request: 'We asked', gateway_event: 'We were told' };

/** All that happened to one payment. Looking at it leaves an audit entry. */
export function timelineScreen(paymentId: string): Node[] {
  const body = h('tbody');
  const caption = h('caption', {}, 'Loading …');
  const heading = h('h1', { tabindex: -1 }, 'What happened to a payment');
  operations
    .timeline(paymentId)
    .then(({ data }) => {
      body.replaceChildren(...data.map(rowOf));
      const words = `${data.length} ${data.length === 1 ? 'entry' : 'entries'}, the oldest first`;
      caption.replaceChildren(words);
      announce(words);
      focusOn(heading);
    })
    .catch((error: unknown) => {
      caption.replaceChildren('Nothing to show');
      return failed(error);
    });
  return [
    heading,
    h('p', {}, h('a', { href: '#/' }, 'Back to all payments')),
    h('p', { class: 'quiet' }, h('code', {}, paymentId)),
    h(
      'div',
      { class: 'scrolled', role: 'region', 'aria-label': 'Entries', tabindex: 0 },
      h('table', { class: 'entries timeline' }, caption, head(), body),
    ),
  ];
}

function head(): HTMLElement {
  const names = ['Time (UTC)', 'Kind', 'By', 'What', 'More'];
  return h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name))));
}

function rowOf({ at, kind, actor, what, details }: TimelineEntry): HTMLElement {
  const more = h('pre', {}, JSON.stringify(details, null, 2));
  return h(
    'tr',
    {},
    h('td', {}, h('time', { datetime: at }, utc(at))),
    h('td', { class: 'nowrap' }, KINDS[kind]),
    h('td', {}, actor),
    h('td', {}, what),
    h('td', {}, h('details', {}, h('summary', {}, 'Details'), more)),
  );
}
