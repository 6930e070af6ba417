import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDateString,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { PageQuery } from '../../platform/http/page.js';
import type { EventDeliveryStatus } from './event-delivery-status.js';
import type { DisabledReason, EventEndpoint } from './event-endpoint.entity.js';
import { OVERLAP_HOURS, OVERLAP_HOURS_MAX } from './event-endpoints.service.js';
import type { EventAttempt, EventDelivery } from './event-log.service.js';
import { EVENT_TYPES } from './event-types.js';

/** What every HTTP client and proxy takes. */
const URL_MAX = 2_000;
const DESCRIPTION_MAX = 200;
/** More are a range: say `since`. */
const EVENTS_MAX = 100;
const STATUSES: EventDeliveryStatus[] = ['waiting', 'delivered', 'failed'];

export class CreateEventEndpointDto {
  @IsString()
  @MaxLength(URL_MAX)
  url: string;

  /** For people: who listens there. */
  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION_MAX)
  description?: string;

  /** Left out: every event, also of types to come. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @IsIn(Object.keys(EVENT_TYPES), { each: true })
  eventTypes?: string[];
}

export class RotateSecretDto {
  /** How long the old secret signs beside the new one; 0 where it is known to somebody who must not have it. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(OVERLAP_HOURS_MAX)
  overlapHours: number = OVERLAP_HOURS;
}

export class ResendEventsDto {
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(EVENTS_MAX)
  @IsUUID('all', { each: true })
  eventIds?: string[];

  /** Events that happened at or after. */
  @IsOptional()
  @IsDateString()
  since?: string;

  /** Events that happened before. */
  @IsOptional()
  @IsDateString()
  until?: string;

  /** True: only those that were given up. */
  @IsOptional()
  @IsBoolean()
  isFailed?: boolean;
}

export class EventDeliveriesQuery extends PageQuery {
  @IsOptional()
  @IsIn(STATUSES)
  status?: EventDeliveryStatus;
}

export class EventEndpointDto implements EventEndpoint {
  id: string;
  url: string;
  description: string;
  /** Null: every event. */
  eventTypes: string[] | null;
  status: 'active' | 'disabled';
  disabledReason: DisabledReason | null;
  disabledAt: string | null;
  /** Nothing was taken since then. */
  failingSince: string | null;
  /** Until then the secret before this one signs, too. */
  previousSecretUntil: string | null;
  createdAt: string;
}

export class EventEndpointWithSecretDto extends EventEndpointDto {
  /** Shown this once. */
  secret: string;
}

export class EventEndpointPageDto {
  data: EventEndpointDto[];
  nextCursor: string | null;
}

export class EventAttemptDto implements EventAttempt {
  attemptedAt: string;
  durationMs: number;
  /** Null where there was no answer; then `problem` says why. */
  httpStatus: number | null;
  problem: string | null;
  /** The first words of the answer. */
  answer: string | null;
}

export class EventDeliveryDto implements EventDelivery {
  id: string;
  eventId: string;
  eventType: string;
  status: EventDeliveryStatus;
  occurredAt: string;
  /** Null: not by itself. */
  nextTryAt: string | null;
  /** The oldest first. */
  attempts: EventAttemptDto[];
}

export class EventDeliveryPageDto {
  data: EventDeliveryDto[];
  nextCursor: string | null;
}

export class ResentDto {
  /** How many events go out again. */
  count: number;
}
