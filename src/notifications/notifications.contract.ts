// What other modules may ask of notifications.
import type { EntityManager } from 'typeorm';

/** What somebody is told of money that is owed. Names, amounts and days only: never card data. */
export interface MoneyNotice {
  /** Tells the occasion apart from every other: the same one is told once, however often it is reported. */
  key: string;
  payerId: string;
  kind:
    /** Something was paid. */
    | 'receipt'
    /** A charge of a plan or of autopay was declined, or could not be made. */
    | 'plan_failed'
    /** A payment of the payer's own failed when they were not there any more: a bank refuses a debit days later. */
    | 'payment_failed'
    /** The payer must do something for the payment to go on. */
    | 'action_needed'
    /** The payer's bank took the money of a paid amount back. */
    | 'payment_returned';
  /** What is paid: `Tuition, autumn term, instalment 3 of 10`. */
  description: string;
  amountMinor: number;
  currency: string;
  /** Why, in words for the payer; null where nothing needs a reason. */
  reason: string | null;
  /** The day on which it is tried again by itself; null when the payer must do something. */
  nextTryOn: string | null;
  /** Where the payer can do it, as a place of the page: `/plans/17`. */
  place: string;
}

/** Tells people. Inject it by this class. */
export abstract class Notifications {
  /** Written in the transaction of the fact that it tells of, and sent after its commit. */
  abstract tell(tx: EntityManager, notice: MoneyNotice): Promise<void>;
}
