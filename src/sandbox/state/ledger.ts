import type { Metadata } from './resources.js';

/**
 * What happened to money, in words that need no object to be understood. `amount` is in the currency's smallest
 * unit and always positive; the type says which way the money went.
 */
export interface LedgerEntry {
  at: string;
  account: string;
  type:
    | 'charge.pending'
    | 'charge.succeeded'
    | 'charge.failed'
    | 'charge.authorized'
    | 'charge.captured'
    | 'charge.released'
    | 'refund.created'
    | 'refund.succeeded'
    | 'refund.failed'
    | 'dispute.opened'
    | 'dispute.withdrawn'
    | 'dispute.reinstated'
    | 'dispute.closed'
    | 'fraud_warning';
  id: string;
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string | null;
  customer: string | null;
  payment_method: string | null;
  detail?: string;
  /** The metadata of the payment intent (of the refund, for a refund): where the caller's own reference is. */
  metadata: Metadata;
}
