import type {
  Challenge,
  Customer,
  Delivery,
  Event,
  PaymentIntent,
  PaymentMethod,
  Resource,
  Settings,
  SetupAttempt,
  SetupIntent,
  Task,
  WebhookEndpoint,
} from './resources.js';
import type { CheckoutSession } from './resources-checkout.js';
import type {
  BalanceTransaction,
  Charge,
  Dispute,
  EarlyFraudWarning,
  Mandate,
  Refund,
  StoredFile,
} from './resources-money.js';
import type { LedgerEntry } from './ledger.js';
import { Faults } from '../faults/faults.js';
import { derivedLetters } from './ids.js';
import { RequestLog } from './request-log.js';

export interface Kinds {
  customer: Customer;
  payment_method: PaymentMethod;
  setup_intent: SetupIntent;
  setup_attempt: SetupAttempt;
  payment_intent: PaymentIntent;
  charge: Charge;
  balance_transaction: BalanceTransaction;
  refund: Refund;
  dispute: Dispute;
  mandate: Mandate;
  file: StoredFile;
  'radar.early_fraud_warning': EarlyFraudWarning;
  'checkout.session': CheckoutSession;
  'sandbox.authentication': Challenge;
  webhook_endpoint: WebhookEndpoint;
  event: Event;
  'sandbox.settings': Settings;
  'sandbox.task': Task;
  'sandbox.delivery': Delivery;
}
export type Kind = keyof Kinds;

/** The first answer to an idempotency key, kept to be given again. */
export interface StoredAnswer {
  key: string;
  fingerprint: string;
  endpoint: string;
  requestId: string;
  atMs: number;
  /** Absent while the first request is still at work. */
  status?: number;
  body?: string;
}

/** One line of the journal: everything that one call changed, so that it happened whole or not at all. */
export interface JournalLine {
  at: string;
  account: string;
  request?: { id: string; method: string; path: string; idempotency_key: string | null };
  ledger?: LedgerEntry[];
  objects?: Resource[];
  dropped?: string[];
  answer?: StoredAnswer;
  clockAheadMs?: number;
  reset?: true;
}

export function accountIdOf(secretKey: string): string {
  return `acct_${derivedLetters(16, secretKey)}`;
}

/** All that one secret key can see. Objects are replaced, never altered, so a reader's copy stays as it was. */
export class Account {
  readonly objects = new Map<string, Resource>();
  readonly kinds = new Map<string, Map<string, Resource>>();
  readonly answers = new Map<string, StoredAnswer>();
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  ledger: LedgerEntry[] = [];
  clockAheadMs = 0;
  /** When the next task is due, so that looking costs nothing. */
  nextDueMs = Infinity;
  /** While due tasks run, the clock stands where each of them was due. */
  private clockHeldAtMs: number | undefined;

  constructor(readonly id: string) {}

  nowMs(): number {
    return this.clockHeldAtMs ?? Date.now() + this.clockAheadMs;
  }

  holdClockAt(ms: number | undefined): void {
    this.clockHeldAtMs = ms;
  }

  find<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    return this.kinds.get(kind)?.get(id) as Kinds[K] | undefined;
  }

  all<K extends Kind>(kind: K): Kinds[K][] {
    return [...(this.kinds.get(kind)?.values() ?? [])] as Kinds[K][];
  }

  apply(line: JournalLine): void {
    if (line.reset) this.forget();
    for (const object of line.objects ?? []) {
      if (object.object === 'sandbox.task') this.nextDueMs = Math.min(this.nextDueMs, (object as Task).dueMs);
      this.objects.set(object.id, object);
      const siblings = this.kinds.get(object.object);
      if (siblings) siblings.set(object.id, object);
      else this.kinds.set(object.object, new Map([[object.id, object]]));
    }
    for (const id of line.dropped ?? []) {
      const object = this.objects.get(id);
      if (object) this.kinds.get(object.object)?.delete(id);
      this.objects.delete(id);
    }
    if (line.ledger) this.ledger.push(...line.ledger);
    if (line.answer) this.answers.set(line.answer.key, line.answer);
    if (line.clockAheadMs !== undefined) this.clockAheadMs = line.clockAheadMs;
  }

  private forget(): void {
    this.objects.clear();
    this.kinds.clear();
    this.answers.clear();
    this.ledger = [];
    this.clockAheadMs = 0;
    this.nextDueMs = Infinity;
  }
}
