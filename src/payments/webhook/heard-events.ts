import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Seals } from '../database/sealing.js';
import { Heard } from '../gateway/heard.js';
import { placeOfBody } from './webhook-event.entity.js';

/** What gateways have told, from the inbox: durable before it was answered, and kept as long as a gateway cannot be asked. */
@Injectable()
export class HeardEvents extends Heard {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly seals: Seals,
  ) {
    super();
  }

  async about(gateway: string, providerId: string): Promise<Buffer[]> {
    const rows = await this.database.query<{ id: string; body: Buffer }[]>(
      `SELECT id, body FROM payments.webhook_event
        WHERE gateway = $1 AND subject->>'providerId' = $2 AND body IS NOT NULL AND raw_sha256 IS NULL
        ORDER BY received_at, id`,
      [gateway, providerId],
    );
    return rows.map(({ id, body }) => this.seals.open(placeOfBody(id), body));
  }
}
