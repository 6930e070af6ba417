import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Gateways, type GatewayStanding } from '../gateway/gateways.js';
import { PAYMENT_EDGES } from '../payment/payment-status.js';
import { PaymentsConfig } from '../payments.config.js';
import { type Why, WHYS } from './attention-kinds.js';
import { Attention } from './attention.service.js';
import { type Backlog, Backlogs } from './backlog.service.js';

const HOUR_SECONDS = 3_600;

/** How far back, and in which steps: about thirty bars, which a phone can still show. */
export const WINDOWS = {
  '24h': { seconds: 24 * HOUR_SECONDS, bucketSeconds: HOUR_SECONDS },
  '7d': { seconds: 7 * 24 * HOUR_SECONDS, bucketSeconds: 6 * HOUR_SECONDS },
  '30d': { seconds: 30 * 24 * HOUR_SECONDS, bucketSeconds: 24 * HOUR_SECONDS },
} as const;
export type Window = keyof typeof WINDOWS;

/** `waiting`: for the payer, for a capture, or for a bank debit; `confirming`: nobody knows yet. */
const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'waiting', 'confirming'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Outcomes = Record<Outcome, number>;

export interface Money {
  currency: string;
  chargedMinor: number;
  refundedMinor: number;
  refundingMinor: number;
}

export interface Summary {
  at: Date;
  since: Date;
  until: Date;
  bucketSeconds: number;
  payments: { total: Outcomes; buckets: (Outcomes & { from: Date })[]; declines: Counted[] };
  money: Money[] | null;
  inbox: Backlog & { received: number; failed: number; parked: number };
  outbox: Backlog;
  eventEndpoints: Backlog & { active: number; failing: number; disabled: number };
  gateways: GatewayStanding[];
  charging: 'on' | 'off';
  attention: { why: Why; count: number }[];
}

interface Counted {
  code: string;
  count: number;
}

interface Span {
  at: Date;
  since: Date;
  until: Date;
}

/** By time and outcome, by reason of a decline, and by currency: the kinds of groups that one scan gives. */
interface Group {
  from: Date | null;
  outcome: Outcome;
  code: string | null;
  currency: string | null;
  count: number;
  chargedMinor: string;
}

/** Buckets begin at whole hours and days of UTC, so that a bar stays the same bar until its time is over. */
const SPAN = `
  SELECT at, date_bin($2, at - $1::interval, $3) AS since, date_bin($2, at, $3) + $2::interval AS until
    FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS at) AS now`;
const ORIGIN = '2000-01-01T00:00:00Z';

/** Naming every status makes the window a range of the index for each: what is older is not read. */
const PAYMENTS = `
  SELECT "from", outcome, code, currency, count(*)::int, coalesce(sum(captured_minor), 0)::text AS "chargedMinor"
    FROM (SELECT date_bin($3, created_at, $4) AS "from",
                 CASE WHEN status IN ('requires_action', 'requires_capture') OR status_detail = 'bank_debit_pending' THEN 'waiting'
                      WHEN status = 'processing' THEN 'confirming' ELSE status END AS outcome,
                 CASE WHEN status = 'failed' THEN failure ->> 'code' END AS code,
                 currency, captured_minor
            FROM payments.payment WHERE status = ANY ($5) AND created_at >= $1 AND created_at < $2) AS made
   GROUP BY GROUPING SETS (("from", outcome), (code), (currency))`;

const REFUNDS = `
  SELECT currency, coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0)::text AS "refundedMinor",
         coalesce(sum(amount_minor) FILTER (WHERE status = 'pending'), 0)::text AS "refundingMinor"
    FROM payments.refund WHERE created_at >= $1 AND created_at < $2 GROUP BY currency`;

/** How payments stand, in numbers: nothing in it names a payer, a payment or a token. */
@Injectable()
export class OperationsSummary {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly backlogs: Backlogs,
    private readonly attention: Attention,
    private readonly gateways: Gateways,
    private readonly config: PaymentsConfig,
  ) {}

  async read(window: Window, { withMoney }: { withMoney: boolean }): Promise<Summary> {
    const { seconds, bucketSeconds } = WINDOWS[window];
    const [span] = await this.database.query<[Span]>(SPAN, [`${seconds} s`, `${bucketSeconds} s`, ORIGIN]);
    // One after the other: whoever watches takes one connection from those that charge, and not nine.
    const groups = await this.paymentsOf(span, bucketSeconds);
    const attention = await this.attention.counts();
    return {
      ...span,
      bucketSeconds,
      payments: paymentsFrom(groups, span, bucketSeconds),
      money: withMoney ? moneyFrom(groups, await this.refundsOf(span)) : null,
      inbox: {
        ...(await this.backlogs.of('webhook_event')),
        received: await this.receivedIn(span),
        failed: await this.backlogs.failedEvents(),
        parked: attention.parked_event,
      },
      outbox: await this.backlogs.of('outbox_message'),
      eventEndpoints: {
        ...(await this.backlogs.of('event_delivery')),
        ...(await this.backlogs.endpoints()),
      },
      gateways: this.gateways.standing(),
      charging: this.config.PAYMENTS_CHARGING,
      attention: WHYS.map((why) => ({ why, count: attention[why] })),
    };
  }

  private paymentsOf({ since, until }: Span, bucketSeconds: number): Promise<Group[]> {
    const statuses = Object.keys(PAYMENT_EDGES);
    return this.database.query(PAYMENTS, [since, until, `${bucketSeconds} s`, ORIGIN, statuses]);
  }

  private refundsOf({ since, until }: Span): Promise<Refunded[]> {
    return this.database.query(REFUNDS, [since, until]);
  }

  private async receivedIn({ since, until }: Span): Promise<number> {
    const [row] = await this.database.query<[{ count: number }]>(
      `SELECT count(*)::int FROM payments.webhook_event WHERE received_at >= $1 AND received_at < $2`,
      [since, until],
    );
    return row.count;
  }
}

interface Refunded {
  currency: string;
  refundedMinor: string;
  refundingMinor: string;
}

/** Every bucket of the window, also those in which nothing was begun. */
function paymentsFrom(groups: Group[], { since, until }: Span, bucketSeconds: number): Summary['payments'] {
  const buckets = new Map<number, Outcomes & { from: Date }>();
  for (let at = since.getTime(); at < until.getTime(); at += bucketSeconds * 1_000)
    buckets.set(at, { from: new Date(at), ...none() });
  const total = none();
  for (const { from, outcome, count } of groups) {
    const bucket = from && buckets.get(from.getTime());
    if (!bucket) continue;
    bucket[outcome] += count;
    total[outcome] += count;
  }
  const declines = groups
    .filter((group): group is Group & { code: string } => group.code !== null)
    .map(({ code, count }) => ({ code, count }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
  return { total, buckets: [...buckets.values()], declines };
}

function moneyFrom(groups: Group[], refunds: Refunded[]): Money[] {
  const charged = new Map(
    groups.filter((it) => it.currency !== null).map((it) => [it.currency!, Number(it.chargedMinor)]),
  );
  const given = new Map(refunds.map((it) => [it.currency, it]));
  return [...new Set([...charged.keys(), ...given.keys()])].sort().map((currency) => ({
    currency,
    chargedMinor: charged.get(currency) ?? 0,
    refundedMinor: Number(given.get(currency)?.refundedMinor ?? 0),
    refundingMinor: Number(given.get(currency)?.refundingMinor ?? 0),
  }));
}

function none(): Outcomes {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Outcomes;
}
