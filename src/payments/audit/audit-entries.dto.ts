import { IsDateString, IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/http/page.js';

const KINDS = ['change', 'access', 'operation'] as const;
const OUTCOMES = ['succeeded', 'refused', 'failed'] as const;
/** As long as an issuer's address and a subject may be together. */
const ACTOR_LENGTH_MAX = 512;

/** Which entries; each one narrows. */
export class AuditEntryQuery extends PageQuery {
  @IsOptional()
  @IsIn(KINDS)
  kind?: (typeof KINDS)[number];

  /** Issuer and subject as `issuer|subject`, or the name of a part of payments. */
  @IsOptional()
  @IsString()
  @MaxLength(ACTOR_LENGTH_MAX)
  actor?: string;

  /** Such as `payment.succeeded`. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  action?: string;

  /** What was changed or seen: the id of a payment, a payment method, a dispute. */
  @IsOptional()
  @IsUUID()
  targetId?: string;

  @IsOptional()
  @IsIn(OUTCOMES)
  outcome?: (typeof OUTCOMES)[number];

  /** The `requestId` of an answer or of a log line. */
  @IsOptional()
  @IsUUID()
  requestId?: string;

  /** From this time on. */
  @IsOptional()
  @IsDateString()
  since?: string;

  /** Before this time. */
  @IsOptional()
  @IsDateString()
  until?: string;
}

/** Where it was asked from. */
export class OriginDto {
  /** The process that did it. */
  instance?: string;
  requestId?: string;
  ip?: string;
}

export class AuditEntryDto {
  id: string;
  /** Its place in the order of the log; gaps are changes that were rolled back. */
  position: string;
  occurredAt: string;
  /** `change`: of payment data; `access`: somebody looked at it; `operation`: an operator's command. */
  kind: (typeof KINDS)[number];
  actor: string;
  action: string;
  targetType: string | null;
  targetId: string | null;
  outcome: (typeof OUTCOMES)[number];
  origin: OriginDto;
  /** What was changed from what to what, or what was asked and seen. */
  details: Record<string, unknown>;
  /** The sealed batch that holds it; null for the newest few seconds. */
  batch: number | null;
}

export class AuditEntryPageDto {
  data: AuditEntryDto[];
  nextCursor: string | null;
}
