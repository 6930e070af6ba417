import type { BalanceSource } from '../gateway/balance.js';

/** What both sides say of one charge, refund or dispute; null where a side does not know it. */
export interface Side {
  amountMinor: number;
  currency: string;
  status: string;
}

export type DifferenceReason =
  | 'missing_here'
  | 'missing_there'
  | 'amount_differs'
  | 'currency_differs'
  | 'status_differs'
  | 'balance_differs';

export interface Difference {
  kind: BalanceSource['kind'];
  gateway: string;
  providerId: string;
  paymentId: string | null;
  reason: DifferenceReason;
  ours: Side | null;
  theirs: Side | null;
  repair: string;
}

const REPAIRS: Record<DifferenceReason, string> = {
  missing_here:
    'Reconcile with --ask-again, should its webhook be lost. Where it stays, find out who made it, and refund it at the gateway.',
  missing_there:
    'Check that the same gateway account is configured; then recover the payment, which asks the gateway again.',
  amount_differs:
    'Reconcile with --ask-again. Where it stays, find out who changed it, and refund or charge the difference.',
  currency_differs: 'Do not repair by hand: find out who changed it.',
  status_differs: 'Reconcile with --ask-again: the gateway is asked, and what it says is settled.',
  balance_differs:
    "The gateway's balance holds another amount than its own record of this: take both ids to the gateway's support.",
};

/** The first way in which two sides differ, or null when they agree. */
export function differenceOf(ours: Side | null, theirs: Side | null): DifferenceReason | null {
  if (!ours && !theirs) return null;
  if (!ours) return 'missing_here';
  if (!theirs) return 'missing_there';
  if (ours.currency !== theirs.currency) return 'currency_differs';
  if (ours.amountMinor !== theirs.amountMinor) return 'amount_differs';
  if (ours.status !== theirs.status) return 'status_differs';
  return null;
}

/** A lost webhook is why one side knows more; what the gateway's own books contradict, asking it does not mend. */
export function isMendedByAsking(reason: DifferenceReason): boolean {
  return reason === 'missing_here' || reason === 'status_differs' || reason === 'amount_differs';
}

/** What a person should do about it. */
export function repairOf(reason: DifferenceReason): string {
  return REPAIRS[reason];
}
