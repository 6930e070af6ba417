import { Injectable } from '@nestjs/common';
import { Claims, type ClaimWith } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { PaymentsEvent } from '../payments.contract.js';
import type { OutboxMessage } from './outbox-message.entity.js';

/** One message takes a listener's short transaction; a batch is done long before its lease ends. */
const BATCH = 100;
const LEASE_SECONDS = 60;
/** What is told of in this time goes to the application in one post where it runs apart; on an invoice nobody sees so short a wait. */
const GATHER_MS = 25;

/**
 * Messages of one payment go out in their order: a later one waits for the earlier. OFFSET 0 keeps it one look into an
 * index for each row; joined, it would compare every due message with every waiting one.
 */
const IN_ORDER = `NOT EXISTS (SELECT FROM payments.outbox_message earlier
  WHERE earlier.aggregate_id = due.aggregate_id AND earlier.position < due.position AND earlier.delivered_at IS NULL OFFSET 0)`;

/** Any listener of the contract is one. `tries` says how often it was told of this event, this time included. */
export type RelayListener = (event: PaymentsEvent, tries: number) => Promise<void>;

type Message = Pick<OutboxMessage, 'type' | 'payload' | 'occurredAt'>;

/** Delivers outbox messages to the listeners, at least once each, until every listener has taken it. */
@Injectable()
export class OutboxRelay {
  readonly #listeners = new Map<string, RelayListener>();

  constructor(
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
    private readonly database: PaymentsDatabase,
  ) {}

  subscribe(name: string, listener: RelayListener): void {
    if (this.#listeners.has(name)) throw new Error(`A listener named ${name} has subscribed already`);
    // A process that nobody listens in takes no messages: they wait for one where somebody does.
    if (this.#listeners.size === 0) this.startDelivering();
    this.#listeners.set(name, listener);
  }

  /** What was put off after a failure is due now: its listener is back. What is being worked on is left alone. */
  async hurry(): Promise<void> {
    await this.database.query(
      `UPDATE payments.outbox_message SET due_at = clock_timestamp()
        WHERE delivered_at IS NULL AND due_at > clock_timestamp() + make_interval(secs => $1)`,
      [LEASE_SECONDS],
    );
    this.dueWork.wake('outbox_message');
  }

  private startDelivering(): void {
    this.dueWork.register({
      table: 'outbox_message',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      gatherMs: GATHER_MS,
      only: IN_ORDER,
      columns: 'type, payload, occurred_at AS "occurredAt"',
      work: (claim: ClaimWith<Message>) => this.deliver(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  private async deliver(claim: ClaimWith<Message>): Promise<void> {
    const { id, tries, type, occurredAt, payload } = claim;
    const event = { id, type, occurredAt: occurredAt.toISOString(), ...payload } as PaymentsEvent;
    for (const listener of this.#listeners.values()) await listener(event, tries);
    await this.claims.completeWith(claim, 'delivered_at = clock_timestamp()');
  }
}
