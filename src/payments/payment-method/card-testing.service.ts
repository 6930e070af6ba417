import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Digests } from '../database/digest.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError } from '../payments.contract.js';

/** Refusals are looked at over a day, setups over an hour: who tries out stolen cards needs many of both. */
const WINDOW_HOURS = { setup: 1, refusal: 24 } as const;
/** A whole campus may share one address: it may do this many times what one payer may. */
const PER_ADDRESS_FACTOR = 5;

type Evidence = keyof typeof WINDOW_HOURS;

/** Stops people who try out card numbers. Only what happened to cards counts: an outage of ours or the gateway's is no evidence. */
@Injectable()
export class CardTesting {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly digests: Digests,
    private readonly config: PaymentsConfig,
  ) {}

  /** Kept instead of the address itself. Null for this machine itself: who calls from here is no stranger. */
  digestOf(address: string): string | null {
    const isOwn = /^(127\.|::1$|::ffff:127\.)/.test(address);
    return isOwn ? null : this.digests.of('address', address);
  }

  /** @throws PaymentsError `rate_limited` when this payer, or this address, has begun or failed too often of late */
  async assertAllowed(payerId: string, addressDigest: string | null): Promise<void> {
    const limits = {
      setup: this.config.SETUPS_PER_HOUR_MAX,
      refusal: this.config.REFUSED_CARDS_PER_DAY_MAX,
    };
    const counts = await this.database.query<
      { kind: Evidence; by_payer: number; by_address: number; oldest: Date }[]
    >(
      `SELECT kind, count(*) FILTER (WHERE payer_id = $1)::int AS by_payer,
              count(*) FILTER (WHERE address_digest = $2)::int AS by_address, min(occurred_at) AS oldest
         FROM payments.card_testing_evidence
        WHERE (payer_id = $1 OR address_digest = $2)
          AND occurred_at > clock_timestamp() - make_interval(hours => CASE kind WHEN 'setup' THEN $3::int ELSE $4::int END)
        GROUP BY kind`,
      [payerId, addressDigest, WINDOW_HOURS.setup, WINDOW_HOURS.refusal],
    );
    for (const { kind, by_payer, by_address, oldest } of counts)
      if (by_payer >= limits[kind] || by_address >= limits[kind] * PER_ADDRESS_FACTOR)
        throw new PaymentsError(
          'rate_limited',
          kind === 'setup'
            ? 'Too many payment methods were begun to be added. Try again later.'
            : 'Too many cards were refused. Try again later, or ask your bank.',
          secondsUntil(oldest, WINDOW_HOURS[kind]),
        );
  }

  /** Counts a thing once, however often it is heard of: `about` names it. */
  async note(
    tx: Transaction,
    kind: Evidence,
    about: string,
    who: { payerId: string; addressDigest: string | null },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO payments.card_testing_evidence (id, kind, about, payer_id, address_digest)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (about) DO NOTHING`,
      [uuidv7(), kind, about, who.payerId, who.addressDigest],
    );
  }
}

/** When the oldest of them counts no more. */
function secondsUntil(oldest: Date, hours: number): number {
  return Math.max(1, Math.ceil((oldest.getTime() + hours * 3_600_000 - Date.now()) / 1_000));
}
