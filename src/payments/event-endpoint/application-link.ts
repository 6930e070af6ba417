import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import type { Metrics } from '../../platform/metrics/metrics.js';
import type { PaymentsDatabase } from '../database/payments-database.js';
import type { OutboxRelay } from '../event/outbox.relay.js';
import type { PaymentsEvent } from '../payments.contract.js';
import { EventSender, isTaken, outcomeOf, type Sent } from './event-sender.js';
import { signedEvent } from './signed-event.js';

/** Where the application takes events, and what it knows us by: asked for each time, as secrets are exchanged. */
export interface ApplicationAddress {
  url: string;
  /** Who vouches for its certificate, where nobody that Node trusts does. */
  caFile?: string;
  secrets: () => readonly string[];
}

/**
 * Where payments run alone, the application is told over HTTP what it is told by a call where they share a process. It is one
 * more listener of the outbox: an event waits, however long, until the application has applied it, and later ones of its
 * payment wait behind it.
 */
export class ApplicationLink implements OnModuleInit, OnApplicationShutdown {
  /** The address is configuration's, on the private link, and nobody else's. */
  readonly #sender: EventSender;
  readonly #events: Counter<'outcome'>;
  #isDown = false;

  constructor(
    private readonly relay: OutboxRelay,
    private readonly database: PaymentsDatabase,
    private readonly application: ApplicationAddress,
    metrics: Metrics,
  ) {
    this.#sender = new EventSender({ caFile: application.caFile });
    this.#events = metrics.counter(
      'application_events_total',
      'Where payments run alone: tries to tell the application of an event',
      ['outcome'],
    );
  }

  onModuleInit(): void {
    this.relay.subscribe('application', (event) => this.tell(event));
  }

  onApplicationShutdown(): void {
    this.#sender.close();
  }

  private async tell(event: PaymentsEvent): Promise<void> {
    const { url, secrets } = this.application;
    const sent = await this.#sender.post(url, signedEvent(event, secrets()));
    this.#events.inc({ outcome: outcomeOf(sent) });
    if (isTaken(sent)) return this.isBack();
    this.#isDown = true;
    await this.note(event.id, sent);
    throw new Error(`The application did not take the event: ${sent.httpStatus ?? sent.problem}`);
  }

  /** What was put off for up to ten minutes is sent now. */
  private async isBack(): Promise<void> {
    if (!this.#isDown) return;
    this.#isDown = false;
    await this.relay.hurry();
  }

  /** What succeeded needs no line: the message says when it was delivered. */
  private async note(
    messageId: string,
    { at, durationMs, httpStatus, problem, answer }: Sent,
  ): Promise<void> {
    await this.database.query(
      `INSERT INTO payments.event_attempt (id, message_id, attempted_at, duration_ms, http_status, problem, answer)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [uuidv7(), messageId, at, durationMs, httpStatus, problem, answer],
    );
  }
}
