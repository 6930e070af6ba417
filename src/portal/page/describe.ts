import type { PaymentMethod } from './api.js';
import { cardPicture } from './card-pictures.js';
import { h } from './dom.js';
import { brandName, expiry } from './format.js';

/** The picture, name and expiry of a method, as it also stands beside a choice. */
export function describe(method: PaymentMethod): HTMLElement {
  const until = expiry(method);
  return h(
    'div',
    { class: 'method-description grow' },
    cardPicture(method),
    h(
      'div',
      {},
      h(
        'span',
        { class: 'method-name' },
        `${brandName(method)} `,
        h('span', { class: 'visually-hidden' }, 'ending in '),
        h('span', { class: 'dots', 'aria-hidden': 'true' }, '•••• '),
        method.lastFour,
      ),
      ' ',
      method.isDefault && h('span', { class: 'badge' }, 'Default'),
      until && h('span', { class: until.startsWith('expired') ? 'expiry wrong' : 'expiry' }, until),
      statusText(method),
    ),
  );
}

function statusText(method: PaymentMethod): HTMLElement | null {
  if (method.attention) return h('span', { class: 'expiry wrong' }, method.attention.message);
  if (method.status === 'requires_replacement')
    return h('span', { class: 'expiry wrong' }, 'can no longer be charged; add it again');
  if (method.status === 'pending_verification')
    return h('span', { class: 'expiry' }, 'is waiting to be verified');
  return null;
}
