import { IsIn, IsOptional } from 'class-validator';
import type { Why } from './attention-kinds.js';
import { type Window, WINDOWS } from './summary.service.js';

export class SummaryQuery {
  /** How far back: 24 hours by the hour, 7 days by six hours, 30 days by the day (UTC). */
  @IsOptional()
  @IsIn(Object.keys(WINDOWS))
  window: Window = '24h';
}

/** How many payments stand how. */
export class OutcomesDto {
  succeeded: number;
  /** Declined, or given up because they were never sent. */
  failed: number;
  cancelled: number;
  /** For the payer, for a capture, or for a bank debit. */
  waiting: number;
  /** Nobody knows yet how they ended: under way, or asked for by recovery. */
  confirming: number;
}

/** The payments that were begun in one step of the window, by how they stand now. */
export class BucketDto extends OutcomesDto {
  from: string;
}

export class DeclineCountDto {
  /** As a payment's `failure.code`. */
  code: string;
  count: number;
}

export class PaymentsSummaryDto {
  total: OutcomesDto;
  /** The oldest first; also those in which nothing was begun. */
  buckets: BucketDto[];
  /** The failed ones by reason, the most frequent first. */
  declines: DeclineCountDto[];
}

export class MoneyDto {
  currency: string;
  /** Taken of the payments that were begun in the window. */
  chargedMinor: number;
  /** Given back by refunds that were begun in the window, whenever their payment was. */
  refundedMinor: number;
  /** The same, still on its way. */
  refundingMinor: number;
}

export class BacklogDto {
  waiting: number;
  /** Age of the oldest that waits; 0 where none does. */
  lagSeconds: number;
}

export class InboxDto extends BacklogDto {
  /** In the window, whatever became of them. */
  received: number;
  /** Of those that wait: they failed, and are tried again. */
  failed: number;
  /** Given up, until an operator replays them. */
  parked: number;
}

export class EndpointsSummaryDto extends BacklogDto {
  active: number;
  /** Active, and taking nothing. */
  failing: number;
  disabled: number;
}

export class GatewayStandingDto {
  name: string;
  /** Whether new methods go there when no rule says otherwise. */
  isDefault: boolean;
  /**
   * As the process that answers knows it. `failing`: the last call got no answer; `down`: too many did not, and it is left
   * alone for a moment (the breaker is open); `trying`: one call finds out whether it is back; `not_asked`: no call yet.
   */
  state: 'up' | 'failing' | 'down' | 'trying' | 'not_asked';
  lastAnswerAt: string | null;
  lastFailureAt: string | null;
}

export class AttentionCountDto {
  why: Why;
  count: number;
}

export class OperationsSummaryDto {
  /** When it was counted, by the database's clock. */
  at: string;
  /** Where the first bucket begins: at or before the beginning of the window. */
  since: string;
  /** Where the last bucket ends: it is still running. */
  until: string;
  bucketSeconds: number;
  payments: PaymentsSummaryDto;
  /** By currency. Null for whoever does not have the role `finance`. */
  money: MoneyDto[] | null;
  inbox: InboxDto;
  outbox: BacklogDto;
  eventEndpoints: EndpointsSummaryDto;
  gateways: GatewayStandingDto[];
  /** `off`: operators have paused new charges. */
  charging: 'on' | 'off';
  /** How many things of each kind need a person; `GET /v1/operations/attention` lists them. */
  attention: AttentionCountDto[];
}

export class StepDto {
  does: string;
  /** A command line to copy; null where it is done elsewhere. */
  command: string | null;
}

export class AttentionRowDto {
  why: Why;
  /** Of what it is about: a payment, a refund, an event, a message, an endpoint, a dispute; or the name of a gateway. */
  id: string;
  /** Whose timeline tells more. */
  paymentId: string | null;
  since: string;
  /** Until when it can be done at all. */
  dueBy: string | null;
  note: string;
  steps: StepDto[];
}

export class AttentionListDto {
  /** The 50 most urgent of each kind, by deadline or age. */
  data: AttentionRowDto[];
  nextCursor: string | null;
}
