import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Quarantined, quarantineOf } from '../../platform/card-data/quarantine.js';
import { Together } from '../../platform/postgres/together.js';
import { Digests } from '../database/digest.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Seals } from '../database/sealing.js';
import type { GatewayEvent } from '../gateway/gateway.js';
import { placeOfBody } from './webhook-event.entity.js';

/** A verified event on its way into the inbox. */
export interface Arrival {
  gateway: string;
  event: GatewayEvent;
  body: Buffer;
}

type Inspected = Arrival & { quarantined: Quarantined | null };

const IS_CLEAN = 'CASE WHEN arrival.raw_sha256 IS NULL THEN';

/** Most deliveries that share a commit: about 2 MB of bodies. */
const BATCH_MAX = 200;

/** Makes events durable: under load one wait for the disk serves many deliveries, and a single one waits for nobody. */
@Injectable()
export class InboxWriter {
  private readonly logger = new Logger(InboxWriter.name);
  readonly #together = new Together<Inspected, void>((arrivals) => this.insert(arrivals), BATCH_MAX);

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly seals: Seals,
    private readonly digests: Digests,
  ) {}

  /** Resolves once the event is durable; one that is there already is fine. One with a card number in it waits for a person. */
  write(arrival: Arrival): Promise<void> {
    const quarantined = quarantineOf(arrival.body);
    if (quarantined) {
      const { gateway, event } = arrival;
      const providerEventId = event.providerEventId;
      this.logger.error({ gateway, providerEventId }, 'webhook event parked: it holds a card number');
    }
    return this.#together.do({ ...arrival, quarantined });
  }

  /** A saved method is named by its token, which stands nowhere in the clear: its digest finds the method as well. */
  private storedSubject(gateway: string, subject: NonNullable<GatewayEvent['subject']>) {
    if (subject.kind !== 'method') return subject;
    return { ...subject, providerId: this.digests.of('token', gateway, subject.providerId) };
  }

  /** The bodies go as one value, in binary: elements of an array would go as text, which is twice as long. */
  private async insert(arrivals: Inspected[]): Promise<void[]> {
    const ids = arrivals.map(() => uuidv7());
    const bodies = arrivals.map(({ body, quarantined }, at) =>
      this.seals.seal(placeOfBody(ids[at]!), quarantined?.body ?? body),
    );
    const lengths = bodies.map(({ length }) => length);
    await this.database.query(
      `INSERT INTO payments.webhook_event
         (id, gateway, account, provider_event_id, type, subject, body, raw_sha256, status, last_error, due_at)
       SELECT id, gateway, account, provider_event_id, type, subject, substr($7::bytea, start, length), raw_sha256,
              ${IS_CLEAN} 'received' ELSE 'parked' END, ${IS_CLEAN} NULL ELSE 'card_data' END, ${IS_CLEAN} clock_timestamp() END
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $8::int[], $9::int[], $10::bytea[])
              AS arrival (id, gateway, account, provider_event_id, type, subject, start, length, raw_sha256)
       ON CONFLICT (gateway, account, provider_event_id) DO NOTHING`,
      [
        ids,
        arrivals.map(({ gateway }) => gateway),
        arrivals.map(({ event }) => event.account),
        arrivals.map(({ event }) => event.providerEventId),
        arrivals.map(({ event }) => event.type),
        arrivals.map(
          ({ gateway, event }) => event.subject && JSON.stringify(this.storedSubject(gateway, event.subject)),
        ),
        Buffer.concat(bodies),
        startsOf(lengths),
        lengths,
        arrivals.map(({ quarantined }) => quarantined?.sha256 ?? null),
      ],
    );
    return [];
  }
}

/** Where each begins when they stand one behind the other; SQL counts from 1. */
function startsOf(lengths: number[]): number[] {
  let next = 1;
  return lengths.map((length) => (next += length) - length);
}
