import type { PaymentMethodType } from '../payments.contract.js';
import type { DepositProof } from './saving.js';

/** What a gateway has a call for, and what it has none for. Nothing is asked of it that is not here. */
export interface Capabilities {
  /** What can be saved with it. */
  methodTypes: readonly PaymentMethodType[];
  /** Where the payer gives it to the gateway, the usual way first. */
  flows: readonly ('redirect' | 'embedded')[];
  /** A setup that nobody finished can be ended before its own time is over. */
  endsSetups: boolean;
  /** How often a payer may say which small deposits arrived on their bank account; 0 where none are sent. */
  depositTries: Readonly<Record<DepositProof['kind'], number>>;
  /** The same card saved twice can be told by a fingerprint. */
  fingerprints: boolean;
  /** A payer whom the bank wants to see can be sent to a page of the bank, and comes back from it. */
  authenticates: boolean;
  /** That a bank debit was good is told, days later; else it counts as taken when it was sent off, and a refusal is a dispute. */
  confirmsDebits: boolean;
  /** How a payment stands can be asked at any time; else only its webhooks and the answer to the charge tell. */
  readsPayments: boolean;
  /** Past events can be listed, so that a lost webhook is found. */
  listsEvents: boolean;
  /** Charges, refunds and disputes can be listed, so that our books can be held against its own. */
  listsMovements: boolean;
  /** What its webhooks tell of; how everything else stands is asked. */
  tellsOf: readonly ('payment' | 'refund' | 'dispute' | 'method')[];
  /** Each webhook carries its time under the signature, so that an old one can be told. */
  stampsWebhooks: boolean;
  /** Card networks' early fraud warnings are passed on. */
  warnsOfFraud: boolean;
  /** A refund whose answer was lost can be looked for; else nobody but the news says whether there is one. */
  findsRefunds: boolean;
  /** For so long a refund may be sent again: its key lives longer, and the charge has settled by then. */
  sendsRefundsForHours: number;
}
