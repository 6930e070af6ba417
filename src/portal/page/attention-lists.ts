import { button } from './button.js';
import { announce, h } from './dom.js';
import { type Attention, duration, utc, type Why } from './operations-api.js';

/** What each list is called, and what it means. */
const KINDS: Record<Why, { name: string; meaning: string }> = {
  unknown_outcome: {
    name: 'Payments whose outcome is unknown',
    meaning:
      'The gateway did not say how they ended. Recovery asks it again and again; never charge again meanwhile.',
  },
  unknown_refund: {
    name: 'Refunds whose outcome is unknown',
    meaning: 'They hold their part of the payment until the gateway says how they ended.',
  },
  failed_refund: {
    name: 'Refunds that failed',
    meaning:
      'The payer may have been told that they get the money. Make the refund again, or give it back in another way.',
  },
  parked_event: {
    name: 'Parked webhook events',
    meaning: 'They could not be applied in an hour of trying. Find the cause first, then replay them.',
  },
  failing_event: {
    name: 'Webhook events that keep failing',
    meaning: 'They are tried again by themselves, and parked after an hour.',
  },
  undelivered_message: {
    name: 'Messages that no neighbour takes',
    meaning: 'What was paid is not marked as paid there. Look for the error of the listener in the log.',
  },
  failing_endpoint: {
    name: 'Event endpoints that take nothing',
    meaning: 'They are tried again for days and disabled then. Tell who runs them.',
  },
  disabled_endpoint: {
    name: 'Event endpoints that were disabled',
    meaning: 'They have missed events since. Enable them once they are mended, and send what they missed.',
  },
  dispute_due: {
    name: 'Disputes to answer',
    meaning: 'Who does not answer by the deadline has lost.',
  },
  gateway_without_keys: {
    name: 'Gateways without keys',
    meaning: 'Saved methods there cannot be charged.',
  },
};

export const idOfList = (why: Why) => `list-${why}`;

/** One list for each kind of which there is something. */
export function attentionLists(rows: Attention[], counts: Map<string, number>): HTMLElement[] {
  return (Object.keys(KINDS) as Why[]).flatMap((why) => {
    const { name, meaning } = KINDS[why];
    const own = rows.filter((row) => row.why === why);
    if (own.length === 0) return [];
    const count = counts.get(why) ?? own.length;
    const more = count > own.length ? `The ${own.length} most urgent are listed.` : null;
    return [
      h(
        'section',
        { class: 'panel', 'data-why': why },
        h('h3', { id: idOfList(why), tabindex: -1 }, `${name} (${count})`),
        h('p', { class: 'quiet' }, [meaning, more].filter(Boolean).join(' ')),
        h('ul', { class: 'attention' }, ...own.map(itemOf)),
      ),
    ];
  });
}

function itemOf({ id, paymentId, since, dueBy, note, steps }: Attention): HTMLElement {
  const age = duration((Date.now() - Date.parse(since)) / 1_000);
  return h(
    'li',
    {},
    h(
      'p',
      {},
      paymentId === null
        ? h('code', {}, id)
        : h('a', { href: `#/payments/${encodeURIComponent(paymentId)}` }, `Payment ${paymentId}`),
      paymentId !== null && paymentId !== id ? h('span', { class: 'quiet' }, ' – ', h('code', {}, id)) : null,
    ),
    h('p', {}, note),
    h(
      'p',
      { class: 'quiet' },
      'Since ',
      h('time', { datetime: since }, `${utc(since)} UTC`),
      ` (${age})`,
      dueBy === null ? null : h('strong', {}, `, due by ${utc(dueBy)} UTC`),
    ),
    ...steps.map(({ does, command }) =>
      h('div', { class: 'step' }, h('p', {}, does, command ? ':' : '.'), command ? copyable(command) : null),
    ),
  );
}

function copyable(command: string): HTMLElement {
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    announce('Copied.');
    label.textContent = 'Copied';
  };
  const label = button(
    'Copy',
    () => copy().catch(() => announce('The browser does not let this page copy.')),
    {
      class: 'button second small',
      'aria-label': `Copy ${command}`,
    },
  );
  return h('div', { class: 'command' }, h('code', {}, command), label);
}
