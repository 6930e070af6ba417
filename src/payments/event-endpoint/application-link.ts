import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PaymentsDatabase } from '../database/payments-database.js';
import { OutboxRelay } from '../event/outbox.relay.js';
import { PaymentsConfig } from '../payments.config.js';
import type { PaymentsEvent } from '../payments.contract.js';
import { EventSender, isTaken, type Sent } from './event-sender.js';
import { signedEvent } from './signed-event.js';

/**
 * Where payments run alone, the application is told by HTTP what it is told by a call where they share a process. It is one
 * more listener of the outbox: an event waits, however long, until the application has it, and later ones of its payment
 * wait behind it.
 */
@Injectable()
export class ApplicationLink implements OnModuleInit, OnApplicationShutdown {
  /** The address is configuration's, on the private link, and nobody else's. */
  readonly #sender = new EventSender('any');
  #isDown = false;

  constructor(
    private readonly relay: OutboxRelay,
    private readonly database: PaymentsDatabase,
    private readonly config: PaymentsConfig,
  ) {}

  onModuleInit(): void {
    const { PAYMENTS_EVENTS_URL } = this.config;
    if (PAYMENTS_EVENTS_URL)
      this.relay.subscribe('application', (event) => this.tell(PAYMENTS_EVENTS_URL, event));
  }

  onApplicationShutdown(): void {
    this.#sender.close();
  }

  private async tell(url: string, event: PaymentsEvent): Promise<void> {
    const sent = await this.#sender.post(url, signedEvent(event, this.config.PAYMENTS_EVENTS_SECRETS));
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
