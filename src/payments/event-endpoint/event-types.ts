import type { PaymentsEvent } from '../payments.contract.js';

/** Every event, and what it tells in one line; the compiler demands a line for each. docs/guides/subscribe-to-events.md shows it. */
export const EVENT_TYPES: Readonly<Record<PaymentsEvent['type'], string>> = {
  'payment.created': 'somebody wants to pay; nothing has been charged yet',
  'payment.processing': 'the outcome is not known yet: seconds for a card, days for a bank debit',
  'payment.requires_action': 'the payer must do something, at `nextAction.url`',
  'payment.requires_capture': 'the amount is reserved, and nothing is taken yet',
  'payment.succeeded': 'the money was taken; final, but for refunds and disputes',
  'payment.failed': 'nothing was taken, and `failure` says why; final',
  'payment.cancelled': 'nothing was taken, and nothing will be; final',
  'payment.fraud_suspected': 'the card network suspects fraud: a refund now may avoid a dispute',
  'refund.pending': 'money is on its way back, or nobody knows yet',
  'refund.succeeded': 'the money was given back',
  'refund.failed': 'it could not be given back, and is ours again',
  'refund.cancelled': 'it was called off before it left',
  'dispute.opened': "the payer's bank takes money back, or asks about it",
  'dispute.updated': 'a dispute goes on: look at its `status` and `evidenceDueBy`',
  'dispute.won': 'the money is ours again',
  'dispute.lost': "the money is the payer's again; it is owed anew",
  'dispute.closed': 'a question of the bank is answered; no money moved',
  'payment_method.saved': 'for the first time; look at `status`: a bank account may wait to be verified',
  'payment_method.activated': 'verified, or usable again',
  'payment_method.updated': 'what is shown of it changed: expiry, last four, brand',
  'payment_method.default_changed': 'another method is charged unless one is named',
  'payment_method.expiring': '`reason` says which step: in 30 days, in 7 days, or expired',
  'payment_method.requires_replacement': 'it can no longer be charged: ask the payer to add it again',
  'payment_method.replacement_asked': 'an operator asks for it to be added again; until then it works',
  'payment_method.removed': 'it is gone; `replacedBy` says what is used in its place',
  'payer.erased': 'somebody is to be forgotten: destroy what you know of them, and use the stand-in',
};

export function isEventType(text: string): text is PaymentsEvent['type'] {
  return Object.hasOwn(EVENT_TYPES, text);
}
