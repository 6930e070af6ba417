import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { ListedMovement } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import type { BalanceTotal } from './balance.js';
import { compareBalance } from './balance-comparison.js';
import { type Difference, differenceOf, repairOf, type Side } from './differences.js';
import { findInOurBooks, keyOf, type Ours, ourBooks, type Window } from './our-books.js';

export interface ReconciliationResult {
  runId: string;
  compared: number;
  /** What the gateways' balances booked in that time, also for what is not ours. */
  balance: (BalanceTotal & { gateway: string })[];
  differences: Difference[];
}

/** Compares what the gateway did, and what its balance holds, with what we know: both ways, to the smallest unit. */
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
    const window = { since, until };
    const result: ReconciliationResult = { runId: uuidv7(), compared: 0, balance: [], differences: [] };
    const count = () => progress(++result.compared);
    for (const name of this.gateways.names) {
      const { balance, capabilities } = this.gateways.of(name);
      if (!capabilities.listsMovements) continue; // its books are files
      const known = await ourBooks(this.database, name, window);
      const differences = await this.compareObjects(name, window, known, count);
      result.differences.push(...differences);
      if (!balance) continue;
      const books = await compareBalance(this.database, { name, balance }, window, known, count);
      result.balance.push(...books.totals.map((total) => ({ gateway: name, ...total })));
      const named = new Set(differences.map(keyOf)); // a second difference of the same would say no more
      result.differences.push(...books.differences.filter((it) => !named.has(keyOf(it))));
    }
    for (const difference of result.differences) await this.store(result.runId, difference);
    return result;
  }

  /** Each charge, refund and dispute, as the gateway describes it. */
  private async compareObjects(
    gateway: string,
    { since, until }: Window,
    known: ReadonlyMap<string, Ours>,
    count: () => void,
  ): Promise<Difference[]> {
    const differences: Difference[] = [];
    const unseen = new Map(known);
    for await (const theirs of this.gateways.of(gateway).listMovements(since)) {
      const ours = known.get(keyOf(theirs)) ?? (await findInOurBooks(this.database, gateway, theirs));
      unseen.delete(keyOf(theirs));
      if (theirs.createdAt <= until) differences.push(...differing(gateway, ours, theirs));
      count();
    }
    for (const ours of unseen.values()) {
      differences.push(...differing(gateway, ours, await this.heardLate(gateway, ours)));
      count();
    }
    return differences;
  }

  /** A dispute is ours from when we heard of it: it may have been opened before the time that the gateway's list begins with. */
  private async heardLate(gateway: string, { kind, providerId }: Ours): Promise<Theirs | null> {
    if (kind !== 'dispute') return null;
    const dispute = await this.gateways.of(gateway).readDispute(providerId);
    if (dispute.status === 'unknown') return null;
    const { status, withdrawnMinor: amountMinor, currency } = dispute;
    return { kind, providerId, paymentId: null, amountMinor, currency, status };
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

/** What is compared of it. */
type Theirs = Omit<ListedMovement, 'createdAt'>;

function differing(gateway: string, ours: Ours | null, theirs: Theirs | null): Difference[] {
  // Somebody else's use of the same account is theirs to explain, unless it carries our reference.
  if (!ours && theirs && (theirs.amountMinor === 0 || (theirs.kind === 'payment' && !theirs.paymentId)))
    return [];
  // Refused before the gateway made anything: there is nothing of it in its books.
  if (!theirs && ours?.kind === 'payment' && ours.amountMinor === 0) return [];
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
