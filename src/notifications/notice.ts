import type { MoneyNotice } from './notifications.contract.js';

/** A saved method, as mail may name it. */
export interface MethodFacts {
  /** `Visa ending in 4242`: brand and last four, never more. */
  method: string;
  /** `12/27`; null for a bank account. */
  expires: string | null;
  /** What is the matter with it, in words for the payer. */
  reason: string | null;
  place: string;
}

export type MoneyFacts = Omit<MoneyNotice, 'key' | 'payerId' | 'kind'>;

/** What is told, and the facts that it needs. */
export type Content =
  | { kind: 'method_saved' | 'method_expiring' | 'add_again' | 'verify'; facts: MethodFacts }
  | { kind: MoneyNotice['kind'] | 'refund' | 'refund_failed'; facts: MoneyFacts };

export type Notice = Content & { key: string; payerId: string };
