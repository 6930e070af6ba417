import { decimalsOf } from '../platform/iso-4217.js';
import type { Content, MethodFacts, MoneyFacts } from './notice.js';

export interface Letter {
  subject: string;
  text: string;
  html: string;
}

/** What a letter says, before it is written as text and as HTML. */
interface Draft {
  subject: string;
  lines: string[];
  link?: { label: string; place: string };
}

/** A mail to a payer, in both ways of writing: the same words, and nothing that is loaded from anywhere. */
export function letterFor(
  content: Content,
  { name, addressOf }: { name: string; addressOf: (place: string) => string },
): Letter {
  const { subject, lines, link } = draft(content);
  const paragraphs = [`Hello ${name},`, ...lines];
  const href = link && addressOf(link.place);
  const text = [...paragraphs, ...(link ? [`${link.label}: ${href}`] : []), FAREWELL].join('\n\n');
  const html = [
    ...paragraphs.map((it) => `<p>${escape(it)}</p>`),
    ...(link ? [`<p><a href="${escape(href!)}">${escape(link.label)}</a></p>`] : []),
    `<p>${escape(FAREWELL)}</p>`,
  ].join('\n');
  return { subject, text: `${text}\n`, html: page(subject, html) };
}

const FAREWELL = 'We never ask for card numbers by mail.';

function draft(content: Content): Draft {
  switch (content.kind) {
    case 'method_saved':
      return {
        subject: `${content.facts.method} is saved`,
        lines: [
          `${content.facts.method} is saved for your payments. If this was not you, remove it and tell the school.`,
        ],
        link: { label: 'Your payment methods', place: content.facts.place },
      };
    case 'method_expiring':
      return expiring(content.facts);
    case 'add_again':
      return {
        subject: `Add ${content.facts.method} again`,
        lines: [
          `${content.facts.method} has to be added again. ${content.facts.reason ?? ''}`.trim(),
          'Add it again, or add another one, before your next payment is due.',
        ],
        link: { label: 'Add a payment method', place: content.facts.place },
      };
    case 'verify':
      return {
        subject: `Verify ${content.facts.method}`,
        lines: [
          `Your bank gets one or two small deposits within two days. Tell us what arrived, and ${content.facts.method} can be charged.`,
        ],
        link: { label: 'Verify it', place: content.facts.place },
      };
    case 'receipt':
      return {
        subject: `Receipt: ${content.facts.description}`,
        lines: [`We have received ${money(content.facts)} for ${content.facts.description}. Thank you.`],
        link: { label: 'See it', place: content.facts.place },
      };
    case 'refund':
      return {
        subject: `Refund of ${money(content.facts)}`,
        lines: [`We have sent ${money(content.facts)} back to you. Your bank may take some days to show it.`],
        link: { label: 'See it', place: content.facts.place },
      };
    case 'refund_failed':
      return {
        subject: `Refund of ${money(content.facts)} did not arrive`,
        lines: [
          `We have sent ${money(content.facts)} back to you, and your bank did not take it. The school knows, and will give it to you in another way.`,
        ],
        link: { label: 'See it', place: content.facts.place },
      };
    case 'action_needed':
      return {
        subject: `Confirm your payment: ${content.facts.description}`,
        lines: [
          `${money(content.facts)} for ${content.facts.description} is not paid yet. ${content.facts.reason ?? ''}`.trim(),
        ],
        link: { label: 'Go on with the payment', place: content.facts.place },
      };
    case 'plan_failed':
    case 'payment_failed':
      return failed(content.facts);
    case 'payment_returned':
      return {
        subject: `Not paid any more: ${content.facts.description}`,
        lines: [
          `${content.facts.reason ?? ''} ${money(content.facts)} for ${content.facts.description} is due again.`.trim(),
          'We do not charge you again by ourselves.',
        ],
        link: { label: 'Pay it', place: content.facts.place },
      };
  }
}

function expiring({ method, expires, reason, place }: MethodFacts): Draft {
  const isOver = reason === 'expired';
  return {
    subject: `${method} ${isOver ? 'has expired' : 'expires soon'}`,
    lines: [
      `${method} ${isOver ? 'was' : 'is'} valid until the end of ${expires}.`,
      'Banks often renew cards by themselves; if yours sent you a new one, add it now and nothing is missed.',
    ],
    link: { label: 'Add the new card', place },
  };
}

function failed(facts: MoneyFacts): Draft {
  const next = facts.nextTryOn
    ? `We try again on ${day(facts.nextTryOn)}.`
    : 'We do not try again by ourselves: please pay it, or choose another payment method.';
  return {
    subject: `Payment did not go through: ${facts.description}`,
    lines: [
      `${money(facts)} for ${facts.description} could not be charged. ${facts.reason ?? ''}`.trim(),
      next,
    ],
    link: { label: facts.nextTryOn ? 'See your plan' : 'Pay it', place: facts.place },
  };
}

/** `12500`, `USD` as `$125.00`. Never calculated in fractions. */
export function money({ amountMinor, currency }: { amountMinor: number; currency: string }): string {
  const decimals = decimalsOf(currency);
  const digits = String(amountMinor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return formatOf(currency, decimals).format(
    (decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`) as `${number}`,
  );
}

/** By currency: to make one costs more than the rest of a message. */
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string, decimals: number): Intl.NumberFormat {
  const known = formats.get(currency);
  if (known) return known;
  const [minimumFractionDigits, maximumFractionDigits] = [decimals, decimals];
  const how = { style: 'currency', currency, minimumFractionDigits, maximumFractionDigits } as const;
  const format = new Intl.NumberFormat('en-US', how);
  formats.set(currency, format);
  return format;
}

function day(isoDay: string): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(`${isoDay}T00:00:00Z`),
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escape(title)}</title></head>
<body>
${body}
</body>
</html>
`;
}

export function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (letter) => entities[letter]!);
}
