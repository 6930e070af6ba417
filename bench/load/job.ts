/** A payer with a saved method. */
export interface Payer {
  payerId: string;
  paymentMethodId: string;
}

/** A payment at the gateway, for an event about it. */
export interface KnownIntent {
  id: string;
  amount: number;
  currency: string;
  metadata: Record<string, string>;
}

interface Requests {
  url: string;
  path: string;
  headers: Record<string, string>;
  concurrency: number;
  until: { seconds: number } | { count: number };
  /** Not faster than this. */
  perSecond?: number;
  /** The connections begin one after the other over this time, and nothing of it is measured. */
  leadInSeconds?: number;
  /** Give back each answer's id with its time. */
  keepsEach?: boolean;
}

export interface ChargeJob extends Requests {
  kind: 'charge';
  payers: Payer[];
}

export interface WebhookJob extends Requests {
  kind: 'webhook';
  secret: string;
  intents: KnownIntent[];
}

/** Single rows, each with a commit of its own: what the database and its disk can do at all. */
export interface CommitJob {
  kind: 'commit';
  databaseUrl: string;
  concurrency: number;
  until: { seconds: number } | { count: number };
}

export type Job = ChargeJob | WebhookJob | CommitJob;

export interface Result {
  count: number;
  seconds: number;
  /** While every connection was busy: without the lead-in, and without those that only ended. */
  perSecond: number;
  /** Milliseconds, of those that began behind the lead-in. */
  p50: number;
  p95: number;
  p99: number;
  /** What was answered, other than success. */
  refused: Record<string, number>;
  each?: { id: string; ms: number }[];
}
