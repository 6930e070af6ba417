import { Injectable } from '@nestjs/common';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { type Gateway, GatewayUnavailable } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import type { GatewayMethod, MethodOutcome } from '../gateway/saving.js';
import { PaymentsError } from '../payments.contract.js';
import { type BadLineProblem, type ColumnNames, type MappingLine, readMapping } from './mapping-file.js';
import { MethodMove, type MoveOutcome } from './method-move.service.js';
import { PaymentMethodTask } from './payment-method-task.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { PaymentMethods } from './payment-methods.service.js';
import { RetiredTokens } from './retired-tokens.service.js';
import { Tokens } from './tokens.js';

/** What became of one line of the mapping file, or of one method that was to move back. */
export type MigrationOutcome =
  | MoveOutcome
  | BadLineProblem
  | 'already_moved'
  /** No saved method has, or had, the old token. */
  | 'unknown_token'
  | 'removed'
  /** The new gateway cannot charge what it is, or it still waits for its owner to verify it. */
  | 'cannot_move'
  /** Of the gateway that the method would move to: does not know the token, cannot charge it, did not answer. */
  | 'token_unknown_there'
  | 'unusable_there'
  | 'no_answer'
  /** Brand, last four digits or expiry are not those of the saved method. */
  | 'differs';

/** Two gateways, and since when a token that was left behind may be detached. */
export interface MigrationEnds {
  from: string;
  to: string;
  isDryRun: boolean;
  windowDays: number;
  /** Who is written in the history and the audit log. */
  actor: string;
}

export interface MigrationReport {
  /** How many ended how. */
  counts: Partial<Record<MigrationOutcome, number>>;
  /** What did not move, by line of the file or by id of the method, in order. */
  problems: { at: number | string; outcome: MigrationOutcome }[];
  /** The gateway stopped answering, and the rest was left for the next run. */
  isStopped: boolean;
}

export type MigrationProgress = (done: number, total: number) => void;

/** Far below what gateways take in a second, and enough for a hundred thousand in an hour. */
const SIDE_BY_SIDE = 8;
/** So many without an answer, one after the other, is an outage: what is left would only wait for it. */
const UNANSWERED_MAX = 20;
/** News of the gateway rarely changes a method more than once while it is looked at. */
const LOOKED_AT_MAX = 3;

/** Saved methods move from one gateway to another by the file that the migration of tokens delivers, and back. */
@Injectable()
export class MethodMigration {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly methods: PaymentMethods,
    private readonly tokens: Tokens,
    private readonly retiredTokens: RetiredTokens,
    private readonly moving: MethodMove,
    private readonly dueWork: DueWork,
    private readonly clock: BusinessClock,
  ) {}

  /** Safe to repeat: what has moved is left alone, and a run that was broken off goes on. @throws PaymentsError `validation_failed` */
  async migrate(
    ends: MigrationEnds,
    file: { lines: AsyncIterable<string>; columns: ColumnNames },
    progress: MigrationProgress,
  ): Promise<MigrationReport> {
    const { from, to } = this.endsOf(ends);
    const { lines, bad } = await readMapping(file.lines, file.columns, {
      old: (named) => from.tokenOf(named),
      new: (named) => to.tokenOf(named),
    });
    const report = await this.each(
      lines,
      (line) => this.moveLine(line, from, to, ends),
      ({ line }) => line,
      progress,
    );
    for (const { line, problem } of bad) note(report, line, problem);
    report.problems.sort((a, b) => Number(a.at) - Number(b.at));
    return report;
  }

  /** Puts back what moved from the one to the other, as far as the old token is still kept. */
  async rollBack(ends: MigrationEnds, progress: MigrationProgress): Promise<MigrationReport> {
    const { from, to } = this.endsOf(ends);
    const kept = await this.database.query<{ id: string }[]>(
      `SELECT task.id FROM payments.payment_method_task task
         JOIN payments.payment_method method ON method.id = task.payment_method_id
        WHERE task.kind = 'detach' AND task.gateway = $1 AND task.moved_to = $2 AND task.done_at IS NULL AND task.fence = 0
          AND method.gateway = $2 AND method.status <> 'removed' ORDER BY method.id`,
      [from.name, to.name],
    );
    return this.each(
      kept.map(({ id }) => id),
      (id) => this.moveBack(id, from, ends),
      (id) => id,
      progress,
    );
  }

  /** Ends the window now: what moved from the one to the other stays, and the old tokens are detached. Returns how many. */
  async finish(ends: MigrationEnds): Promise<number> {
    const { from, to } = this.endsOf(ends);
    const kept = `kind = 'detach' AND gateway = $1 AND moved_to = $2 AND done_at IS NULL AND fence = 0`;
    const [{ count }] = await this.database.query<[{ count: number }]>(
      `SELECT count(*)::int AS count FROM payments.payment_method_task WHERE ${kept}`,
      [from.name, to.name],
    );
    if (ends.isDryRun) return count;
    const [, hastened] = await this.database.query<[unknown, number]>(
      `UPDATE payments.payment_method_task SET due_at = clock_timestamp() WHERE ${kept}`,
      [from.name, to.name],
    );
    this.dueWork.wake('payment_method_task');
    return hastened;
  }

  /** @throws PaymentsError */
  private endsOf({ from, to }: MigrationEnds): { from: Gateway; to: Gateway } {
    for (const name of [from, to])
      if (!this.gateways.find(name))
        throw new PaymentsError(
          'validation_failed',
          `${name} is not configured here: set its variables. Configured are ${this.gateways.names.join(', ')}.`,
        );
    if (from === to) throw new PaymentsError('validation_failed', 'Name two different gateways.');
    return { from: this.gateways.of(from), to: this.gateways.of(to) };
  }

  private async moveLine(
    { oldToken, newToken }: MappingLine,
    from: Gateway,
    to: Gateway,
    ends: MigrationEnds,
  ): Promise<MigrationOutcome> {
    const oldDigest = this.tokens.digestOf(from.name, oldToken);
    const method = await this.methods.withTokenDigest(from.name, oldDigest);
    const holder = await this.methods.withTokenDigest(to.name, this.tokens.digestOf(to.name, newToken));
    if (!method)
      return (await this.hasMoved(holder, from.name, oldDigest)) ? 'already_moved' : 'unknown_token';
    if (method.status === 'removed') return 'removed';
    if (holder) return 'token_in_use';
    const isSaved = method.status !== 'pending_verification';
    if (!isSaved || !to.capabilities.methodTypes.includes(method.type)) return 'cannot_move';

    const there = await methodAt(to, newToken);
    if (typeof there === 'string') return there;
    if (!isSame(method, there)) return 'differs';
    if (await this.moving.isCustomerOfAnother(to.name, there.providerCustomer, method.payerId))
      return 'token_in_use';
    return ends.isDryRun ? 'moved' : this.moving.move(method, to.name, there, 'moved', this.endOf(ends));
  }

  private async moveBack(taskId: string, from: Gateway, ends: MigrationEnds): Promise<MigrationOutcome> {
    const task = await this.database.repository(PaymentMethodTask).findOneByOrFail({ id: taskId });
    if (!task.sealedToken) return 'changed';
    const method = await this.database
      .repository(PaymentMethodRecord)
      .findOneByOrFail({ id: task.paymentMethodId });
    const there = await methodAt(from, this.retiredTokens.opened(task).token);
    if (typeof there === 'string') return there;
    return ends.isDryRun
      ? 'moved'
      : this.moving.move(method, from.name, there, 'moved_back', this.endOf(ends));
  }

  /** By an earlier line or an earlier run. */
  private async hasMoved(
    holder: PaymentMethodRecord | null,
    gateway: string,
    tokenDigest: string,
  ): Promise<boolean> {
    if (!holder) return false;
    const left = { paymentMethodId: holder.id, kind: 'detach' as const, gateway, tokenDigest };
    return this.database.repository(PaymentMethodTask).existsBy(left);
  }

  private endOf({ windowDays, actor }: MigrationEnds): { until: Date; actor: string } {
    return { until: new Date(this.clock.now().getTime() + windowDays * 86_400_000), actor };
  }

  /** Several side by side, each by itself: what is wrong with one says nothing of the others. */
  private async each<T>(
    items: readonly T[],
    look: (item: T) => Promise<MigrationOutcome>,
    nameOf: (item: T) => number | string,
    progress: MigrationProgress,
  ): Promise<MigrationReport> {
    const report: MigrationReport = { counts: {}, problems: [], isStopped: false };
    let next = 0;
    let unanswered = 0;
    let done = 0;
    const worker = async () => {
      for (let item = items[next++]; item !== undefined && !report.isStopped; item = items[next++]) {
        let outcome: MigrationOutcome = 'changed';
        for (let looked = 0; looked < LOOKED_AT_MAX && outcome === 'changed'; looked++)
          outcome = await look(item);
        unanswered = outcome === 'no_answer' ? unanswered + 1 : 0;
        if (unanswered >= UNANSWERED_MAX) report.isStopped = true;
        note(report, nameOf(item), outcome);
        progress(++done, items.length);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    return report;
  }
}

function note(report: MigrationReport, at: number | string, outcome: MigrationOutcome): void {
  report.counts[outcome] = (report.counts[outcome] ?? 0) + 1;
  if (outcome !== 'moved' && outcome !== 'already_moved') report.problems.push({ at, outcome });
}

/** The method as that gateway has it, or why it cannot be charged there. What a refusal says may repeat the token, so nothing of it is passed on. */
async function methodAt(gateway: Gateway, token: string): Promise<GatewayMethod | MigrationOutcome> {
  let found: MethodOutcome;
  try {
    found = await gateway.readMethod(token);
  } catch (error) {
    return error instanceof GatewayUnavailable ? 'no_answer' : 'token_unknown_there';
  }
  if (found.status === 'usable') return found.method;
  return found.method ? 'unusable_there' : 'token_unknown_there';
}

function isSame(method: PaymentMethodRecord, there: GatewayMethod): boolean {
  return (['type', 'cardBrand', 'lastFour', 'expiryMonth', 'expiryYear'] as const).every(
    (name) => method[name] === there[name],
  );
}
