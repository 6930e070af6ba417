import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { ListedMovement } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { differenceOf, type DifferenceReason, repairOf, type Side } from './differences.js';

export type MovementKind = ListedMovement['kind'];

export interface Difference {
  kind: MovementKind;
  gateway: string;
  providerId: string | null;
  paymentId: string | null;
  reason: DifferenceReason;
  ours: Side | null;
  theirs: Side | null;
  repair: string;
}

export interface ReconciliationResult {
  runId: string;
  compared: number;
  differences: Difference[];
}

interface Ours extends Side {
  kind: MovementKind;
  providerId: string | null;
  paymentId: string;
}

/** Compares what the gateway did with what we know, both ways, to the smallest unit. */
@Injectable()
export class Reconciliation {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
  ) {}

  /**
   * Every difference becomes a row under the run's id. `progress` hears how many movements have been compared. Leave out
   * the last minute by `until`: what is younger may be on one side only.
   */
  async run(since: Date, until: Date, progress: (compared: number) => void): Promise<ReconciliationResult> {
    const runId = uuidv7();
    const differences: Difference[] = [];
    let compared = 0;
    for (const gateway of this.gateways.names) {
      const known = await this.ours(gateway, since, until);
      for await (const theirs of this.gateways.of(gateway).listMovements(since)) {
        const key = `${theirs.kind} ${theirs.providerId}`;
        const ours = known.get(key) ?? (await this.find(gateway, theirs));
        known.delete(key);
        if (theirs.createdAt <= until) differences.push(...differing(gateway, ours, theirs));
        progress(++compared);
      }
      for (const ours of known.values()) differences.push(...differing(gateway, ours, null));
      compared += known.size;
    }
    for (const difference of differences) await this.store(runId, difference);
    return { runId, compared, differences };
  }

  /** What we know of that time, by kind and the gateway's id; what never reached the gateway is nothing to compare. */
  private async ours(gateway: string, since: Date, until: Date): Promise<Map<string, Ours>> {
    const rows = await this.database.query<Ours[]>(
      `SELECT * FROM (${OURS}) AS ours WHERE gateway = $1 AND created_at >= $2 AND created_at < $3`,
      [gateway, since, until],
    );
    return new Map(rows.map((row) => [`${row.kind} ${row.providerId}`, normal(row)]));
  }

  /** Made here a moment before the window, or not here at all. */
  private async find(gateway: string, { kind, providerId }: ListedMovement): Promise<Ours | null> {
    const [row] = await this.database.query<Ours[]>(
      `SELECT * FROM (${OURS}) AS ours WHERE gateway = $1 AND kind = $2 AND "providerId" = $3`,
      [gateway, kind, providerId],
    );
    return row ? normal(row) : null;
  }

  private async store(runId: string, difference: Difference): Promise<void> {
    const { kind, gateway, providerId, paymentId, reason, ours, theirs, repair } = difference;
    await this.database.query(
      `INSERT INTO payments.reconciliation_difference
         (id, run_id, kind, gateway, provider_id, payment_id, reason, ours, theirs, repair)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        uuidv7(),
        runId,
        kind,
        gateway,
        providerId,
        paymentId,
        reason,
        JSON.stringify(ours),
        JSON.stringify(theirs),
        repair,
      ],
    );
  }
}

/** Charges count by what was captured: one that took nothing is equal to one that never was. */
const OURS = `
  SELECT 'payment' AS kind, gateway, provider_payment AS "providerId", payment.id AS "paymentId",
         captured_minor AS "amountMinor", currency, CASE WHEN captured_minor > 0 THEN 'captured' ELSE 'nothing' END AS status,
         payment.created_at
    FROM payments.payment JOIN payments.payment_attempt ON payment_id = payment.id WHERE provider_payment IS NOT NULL
  UNION ALL
  SELECT 'refund', gateway, provider_refund, payment_id, amount_minor, currency, status, created_at
    FROM payments.refund WHERE provider_refund IS NOT NULL
  UNION ALL
  SELECT 'dispute', gateway, provider_dispute, payment_id, withdrawn_minor, currency, status, created_at
    FROM payments.dispute`;

function normal(row: Ours): Ours {
  return { ...row, amountMinor: Number(row.amountMinor) };
}

function differing(gateway: string, ours: Ours | null, theirs: ListedMovement | null): Difference[] {
  // Somebody else's use of the same account is theirs to explain, unless it carries our reference.
  if (!ours && theirs && (theirs.amountMinor === 0 || (theirs.kind === 'payment' && !theirs.paymentId)))
    return [];
  const reason = differenceOf(ours, theirs);
  if (!reason) return [];
  const side = (it: Side | null) =>
    it && { amountMinor: it.amountMinor, currency: it.currency, status: it.status };
  return [
    {
      kind: (ours ?? theirs)!.kind,
      gateway,
      providerId: (ours ?? theirs)!.providerId,
      paymentId: ours?.paymentId ?? theirs?.paymentId ?? null,
      reason,
      ours: side(ours),
      theirs: side(theirs),
      repair: repairOf(reason),
    },
  ];
}
