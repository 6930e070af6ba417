import { expireSession } from '../api/checkout-sessions.js';
import type { Changes } from '../state/changes.js';
import type { Task } from '../state/resources.js';
import type { Dispute } from '../state/resources-money.js';
import { failDebit, returnDebit, succeedDebit } from './bank-debits.js';
import { expireAuthorization } from './capturing.js';
import { testCardOf } from './charging.js';
import { noteDebitOfSession } from './complete-session.js';
import { closeDispute, openDispute, warnOfFraud } from './disputing.js';
import { failRefund, succeedRefund } from './refunding.js';
import { giveUpOnMicrodeposits } from './verify-microdeposits.js';

/** What happens by itself when time passes, whether it passes or is advanced. */
const DOING: Record<string, (changes: Changes, subject: string) => void> = {
  'payment_intent.expire_authorization': (changes, id) =>
    expireAuthorization(changes, changes.get('payment_intent', id)),

  'checkout.session.expire': (changes, id) => {
    const session = changes.get('checkout.session', id);
    if (session.status === 'open') expireSession(changes, session);
  },

  'charge.dispute': (changes, id) => {
    const charge = changes.get('charge', id);
    const method = changes.find('payment_method', charge.payment_method ?? '');
    const complaint = method && testCardOf(method)?.dispute;
    if (!complaint) return;
    const { isRepeated, ...rest } = complaint;
    const half = Math.floor(charge.amount_captured / 2);
    openDispute(changes, charge, isRepeated ? { ...rest, amount: half } : rest);
    if (isRepeated)
      openDispute(changes, changes.get('charge', id), { ...rest, amount: charge.amount_captured - half });
  },
  'charge.warn_of_fraud': (changes, id) => void warnOfFraud(changes, changes.get('charge', id)),

  'dispute.won': (changes, id) => judge(changes, id, 'won'),
  'dispute.lost': (changes, id) => judge(changes, id, 'lost'),
  // Nobody answered the bank in time.
  'dispute.past_due': (changes, id) => {
    const dispute = changes.get('dispute', id);
    if (!dispute.status.endsWith('needs_response')) return;
    const evidence_details = { ...dispute.evidence_details, past_due: true };
    judge(changes, changes.save<Dispute>({ ...dispute, evidence_details }).id, 'lost');
  },

  'refund.succeed': (changes, id) => void succeedRefund(changes, changes.get('refund', id)),
  'refund.fail': (changes, id) => {
    const refund = changes.get('refund', id);
    if (refund.status === 'succeeded' || refund.status === 'pending') failRefund(changes, refund);
  },

  'debit.succeed': (changes, id) => {
    const intent = changes.get('payment_intent', id);
    if (intent.status === 'processing') noteDebitOfSession(changes, succeedDebit(changes, intent));
  },
  'debit.fail': (changes, id) => {
    const intent = changes.get('payment_intent', id);
    if (intent.status === 'processing') noteDebitOfSession(changes, failDebit(changes, intent));
  },
  'debit.return': (changes, id) => {
    const charge = changes.get('charge', id);
    if (!charge.disputed && !charge.refunded) returnDebit(changes, charge);
  },

  'microdeposits.fail': (changes, id) => giveUpOnMicrodeposits(changes, id, 'failed'),
  'microdeposits.time_out': (changes, id) => giveUpOnMicrodeposits(changes, id, 'timed_out'),
};

export function doTask(changes: Changes, task: Task): void {
  changes.drop(task);
  DOING[task.does]?.(changes, task.subject);
}

function judge(changes: Changes, id: string, verdict: 'won' | 'lost'): void {
  const dispute = changes.get('dispute', id);
  const isInquiry = dispute.status.startsWith('warning');
  if (['won', 'lost', 'warning_closed'].includes(dispute.status)) return;
  closeDispute(changes, dispute, isInquiry ? 'warning_closed' : verdict);
}
