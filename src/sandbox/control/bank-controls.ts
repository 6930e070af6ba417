import { detach } from '../api/wallet.js';
import { moveBalance } from '../behaviour/balance.js';
import { block, failDebit, returnDebit, succeedDebit } from '../behaviour/bank-debits.js';
import { noteDebitOfSession } from '../behaviour/complete-session.js';
import { DECLINES } from '../behaviour/declines.js';
import { closeDispute, openDispute, warnOfFraud } from '../behaviour/disputing.js';
import { revoke } from '../behaviour/mandates.js';
import { failRefund, succeedRefund } from '../behaviour/refunding.js';
import { BANK_FAILURES } from '../behaviour/test-bank-accounts.js';
import { visible } from '../state/changes.js';
import type { PaymentMethod } from '../state/resources.js';
import { choiceOf, isSet, numberOf, textOf, type Controls } from './ask.js';

/** What banks, issuers and card networks do without being asked. */
export const bankControls: Controls = {
  /** The account updater: a new expiry, or a new number. https://docs.stripe.com/payments/cards/overview#automatic-card-updates */
  'POST /_sandbox/payment-methods/:id/update': ({ changes, body, id }) => {
    const method = changes.get('payment_method', id);
    if (!method.card) return visible(method);
    const { exp_month, exp_year, last4, fingerprint } = method.card;
    const card = {
      ...method.card,
      exp_month: numberOf(body, 'exp_month') ?? exp_month,
      exp_year: numberOf(body, 'exp_year') ?? exp_year + 3,
      last4: textOf(body, 'last4') ?? last4,
      fingerprint: textOf(body, 'fingerprint') ?? fingerprint,
    };
    const updated = changes.save<PaymentMethod>({ ...method, card });
    changes.emit('payment_method.automatically_updated', updated, { card: { exp_month, exp_year, last4 } });
    return visible(updated);
  },

  /** The expiry passes; charges are declined from now on. No event: Stripe sends none either. */
  'POST /_sandbox/payment-methods/:id/expire': ({ changes, id }) => {
    const method = changes.get('payment_method', id);
    const lastMonth = new Date(changes.account.nowMs() - 31 * 86_400_000);
    const exp_month = lastMonth.getUTCMonth() + 1;
    const card = method.card && { ...method.card, exp_month, exp_year: lastMonth.getUTCFullYear() };
    const sandbox = { ...method.sandbox, declinesWith: 'expired_card' };
    return visible(changes.save<PaymentMethod>({ ...method, ...(card && { card }), sandbox }));
  },

  /** The account is closed, the card blocked: `decline` says with which code charges fail from now on. */
  'POST /_sandbox/payment-methods/:id/close': ({ changes, body, id }) => {
    const method = changes.get('payment_method', id);
    const isBank = method.type === 'us_bank_account';
    const codes = Object.keys(isBank ? BANK_FAILURES : DECLINES);
    const declinesWith = choiceOf(
      { decline: isBank ? 'account_closed' : 'lost_card', ...body },
      'decline',
      codes,
    );
    const closed = changes.save<PaymentMethod>({ ...method, sandbox: { ...method.sandbox, declinesWith } });
    return visible(isBank ? block(changes, closed, BANK_FAILURES[declinesWith]!) : closed);
  },

  'POST /_sandbox/payment-methods/:id/detach': ({ changes, id }) =>
    visible(detach(changes, changes.get('payment_method', id))),

  'POST /_sandbox/mandates/:id/revoke': ({ changes, id }) => revoke(changes, changes.get('mandate', id)),

  /** How a debit under way ends, now rather than in days. */
  'POST /_sandbox/payment-intents/:id/settle': ({ changes, body, id }) => {
    const intent = changes.get('payment_intent', id);
    const ended =
      choiceOf(body, 'outcome', ['succeed', 'fail']) === 'succeed'
        ? succeedDebit(changes, intent)
        : failDebit(changes, intent, textOf(body, 'code'));
    noteDebitOfSession(changes, ended);
    return visible(ended);
  },

  'POST /_sandbox/charges/:id/return': ({ changes, body, id }) => {
    returnDebit(changes, changes.get('charge', id), textOf(body, 'code'));
    return changes.get('charge', id);
  },

  'POST /_sandbox/charges/:id/dispute': ({ changes, body, id }) => {
    const amount = numberOf(body, 'amount');
    return openDispute(changes, changes.get('charge', id), {
      reason: textOf(body, 'reason') ?? 'fraudulent',
      isInquiry: isSet(body, 'is_inquiry'),
      ...(amount !== undefined && { amount }),
    });
  },

  'POST /_sandbox/charges/:id/fraud-warning': ({ changes, body, id }) =>
    warnOfFraud(changes, changes.get('charge', id), textOf(body, 'fraud_type')),

  'POST /_sandbox/disputes/:id/close': ({ changes, body, id }) =>
    closeDispute(
      changes,
      changes.get('dispute', id),
      choiceOf(body, 'status', ['won', 'lost', 'warning_closed']),
    ),

  'POST /_sandbox/refunds/:id/succeed': ({ changes, id }) =>
    succeedRefund(changes, changes.get('refund', id)),

  'POST /_sandbox/refunds/:id/fail': ({ changes, body, id }) =>
    failRefund(changes, changes.get('refund', id), textOf(body, 'reason')),

  /** The gateway corrects its own books, which happens without an event. */
  'POST /_sandbox/charges/:id/adjust': ({ changes, body, id }) =>
    moveBalance(changes, {
      type: 'adjustment',
      amount: numberOf(body, 'amount') ?? -1,
      currency: changes.get('charge', id).currency,
      source: id,
      reporting_category: 'other_adjustment',
    }),
};
