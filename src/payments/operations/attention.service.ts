import { Inject, Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Gateways } from '../gateway/gateways.js';
import { type Found, KINDS, type Step, type Why, WHYS } from './attention-kinds.js';

/** How the operator's commands are called where this runs: `npm run cli --`, or payments' own. */
export const OPERATORS_COMMAND = Symbol("operator's command");

/** Rows of each kind: what one person can look at. How many there are in all is counted apart. */
const ROWS_MAX = 50;

export interface AttentionRow extends Found {
  steps: Step[];
}

const found = (why: Why) =>
  `(SELECT '${why}', it.* FROM (${KINDS[why].sql}) AS it (id, payment_id, since, due_by, note)`;

const LIST = `
  SELECT why, id, payment_id AS "paymentId", since, due_by AS "dueBy", note
    FROM (${WHYS.map((why) => `${found(why)} ORDER BY coalesce(due_by, since), id LIMIT ${ROWS_MAX})`).join(' UNION ALL ')})
      AS found (why, id, payment_id, since, due_by, note)
   ORDER BY coalesce(due_by, since), id`;

const COUNT = `
  SELECT why, count(*)::int FROM (${WHYS.map((why) => `${found(why)})`).join(' UNION ALL ')}) AS found (why) GROUP BY why`;

/** What needs a person's eyes, why, and what to do about it. */
@Injectable()
export class Attention {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    @Inject(OPERATORS_COMMAND) private readonly command: string,
  ) {}

  /** The most urgent of each kind, by deadline or age. */
  async list(): Promise<AttentionRow[]> {
    const rows = await this.database.query<Found[]>(LIST, [this.gateways.names]);
    return rows.map((row) => ({ ...row, steps: KINDS[row.why].steps(row).map((step) => this.whole(step)) }));
  }

  /** How many there are of each kind, by the same conditions. */
  async counts(): Promise<Record<Why, number>> {
    const rows = await this.database.query<{ why: Why; count: number }[]>(COUNT, [this.gateways.names]);
    const counts = Object.fromEntries(WHYS.map((why) => [why, 0])) as Record<Why, number>;
    for (const { why, count } of rows) counts[why] = count;
    return counts;
  }

  private whole({ does, command }: Step): Step {
    return { does, command: command === null ? null : `${this.command} ${command}` };
  }
}
