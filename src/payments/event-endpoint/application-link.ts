import { setImmediate as thisTurnEnds } from 'node:timers/promises';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import type { Metrics } from '../../platform/metrics/metrics.js';
import type { PaymentsDatabase } from '../database/payments-database.js';
import type { OutboxRelay } from '../event/outbox.relay.js';
import type { PaymentsEvent } from '../payments.contract.js';
import { EventSender, isTaken, outcomeOf, type Sent } from './event-sender.js';
import { signedEvent, signedTogether } from './signed-event.js';

/** Together they are a sixth of the body that the application takes, and its listeners are done long before the call's time is over. */
const TOGETHER_MAX = 20;

/** Where the application takes events, and what it knows us by: asked for each time, as secrets are exchanged. */
export interface ApplicationAddress {
  url: string;
  /** Who vouches for its certificate, where nobody that Node trusts does. */
  caFile?: string;
  secrets: () => readonly string[];
}

/** Events that go in one post, and what became of it. */
interface Group {
  events: PaymentsEvent[];
  sent: Promise<Sent>;
}

/**
 * Where payments run alone, the application is told over HTTP what it is told by a call where they share a process. It is one
 * more listener of the outbox: an event waits, however long, until the application has applied it, and later ones of its
 * payment wait behind it. Events that are due at the same time go together, and as each is the earliest of its payment, they
 * are of different ones.
 */
export class ApplicationLink implements OnModuleInit, OnApplicationShutdown {
  /** The address is configuration's, on the private link, and nobody else's. */
  readonly #sender: EventSender;
  readonly #events: Counter<'outcome'>;
  #gathering: Group | null = null;
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
    this.relay.subscribe('application', (event, tries) => this.tell(event, tries));
  }

  onApplicationShutdown(): void {
    this.#sender.close();
  }

  private async tell(event: PaymentsEvent, tries: number): Promise<void> {
    // One that was not taken may be what the application cannot apply, or cannot in time: it holds up no other.
    const sent = tries > 1 ? await this.post([event]) : await this.postWithOthers(event);
    this.#events.inc({ outcome: outcomeOf(sent) });
    if (isTaken(sent)) return this.isBack();
    this.#isDown = true;
    await this.note(event.id, sent);
    throw new Error(`The application did not take the event: ${sent.httpStatus ?? sent.problem}`);
  }

  /** Refused together, they are sent one by one: then each is answered for itself. */
  private async postWithOthers(event: PaymentsEvent): Promise<Sent> {
    const { events, sent } = this.join(event);
    const isRefused = outcomeOf(await sent) === 'refused';
    return isRefused && events.length > 1 ? this.post([event]) : sent;
  }

  private join(event: PaymentsEvent): Group {
    const group = (this.#gathering ??= this.newGroup());
    group.events.push(event);
    if (group.events.length === TOGETHER_MAX) this.#gathering = null;
    return group;
  }

  /** The relay tells of all that it took in one turn. */
  private newGroup(): Group {
    const events: PaymentsEvent[] = [];
    const sent = thisTurnEnds().then(() => {
      if (this.#gathering?.events === events) this.#gathering = null;
      return this.post(events);
    });
    return { events, sent };
  }

  private async post(events: readonly PaymentsEvent[]): Promise<Sent> {
    const { url, secrets } = this.application;
    const [event, ...others] = events;
    const signed = others.length === 0 ? signedEvent(event!, secrets()) : signedTogether(events, secrets());
    return this.#sender.post(url, signed);
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
