import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, MaxLength, Min, ValidateBy } from 'class-validator';
import type { InstalmentReason, InstalmentStatus } from './instalment-status.js';
import type { Instalment, Plan } from './plan.entity.js';
import type { PlanStatus } from './plan-status.js';
import { type Interval, isDay } from './school-calendar.js';

const IsDay = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDay',
    validator: {
      validate: (value) => typeof value === 'string' && isDay(value),
      defaultMessage: () => 'must be a day of the calendar such as 2027-01-31',
    },
  });

/** How an invoice is to be split. */
export class ScheduleQuery {
  @Type(() => Number)
  @IsInt()
  @Min(2)
  instalments: number;

  /** The day of the first instalment, from today to the day the invoice is due; by default that day. */
  @IsOptional()
  @IsDay()
  firstDueOn?: string;

  @IsOptional()
  @IsIn(['week', 'two_weeks', 'month'])
  interval?: Interval;
}

export class CreatePlanDto extends ScheduleQuery {
  @IsUUID()
  invoiceId: string;

  @IsUUID()
  paymentMethodId: string;
}

export class UsePaymentMethodDto {
  @IsUUID()
  paymentMethodId: string;
}

export class PayInstalmentDto {
  @IsUUID()
  paymentMethodId: string;

  /** Where the payer comes back to, should the bank want to see them; by default our own page. */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  returnUrl?: string;
}

export class ScheduledInstalmentDto {
  position: number;
  amountMinor: number;
  /** A day at the school. */
  dueOn: string;
}

export class ScheduleDto {
  currency: string;
  data: ScheduledInstalmentDto[];
}

export class InstalmentDto {
  id: string;
  position: number;
  amountMinor: number;
  currency: string;
  dueOn: string;
  status: InstalmentStatus;
  /** Why the payer must do something. */
  statusReason: InstalmentReason | null;
  /** When it is charged by itself. */
  nextTryAt: string | null;
  /** The payment that paid it, or that is under way. */
  paymentId: string | null;
  paidAt: string | null;
  obligation: string;
}

export class PlanDto {
  id: string;
  payerId: string;
  invoiceId: string;
  origin: 'agreed' | 'autopay';
  status: PlanStatus;
  description: string;
  paymentMethodId: string;
  instalments: InstalmentDto[];
  createdAt: string;
}

export class PlanPageDto {
  data: PlanDto[];
  nextCursor: string | null;
}

export function planView(plan: Plan): PlanDto {
  const { id, payerId, invoiceId, origin, status, description, paymentMethodId } = plan;
  const instalments = [...plan.instalments].sort((one, other) => one.position - other.position);
  return {
    id,
    payerId,
    invoiceId,
    origin,
    status,
    description,
    paymentMethodId,
    instalments: instalments.map(instalmentView),
    createdAt: plan.createdAt.toISOString(),
  };
}

function instalmentView(instalment: Instalment): InstalmentDto {
  const { id, position, amountMinor, currency, dueOn, status, statusReason, paymentId, obligation } =
    instalment;
  return {
    id,
    position,
    amountMinor,
    currency,
    dueOn,
    status,
    statusReason,
    nextTryAt: instalment.readyAt?.toISOString() ?? null,
    paymentId,
    paidAt: instalment.paidAt?.toISOString() ?? null,
    obligation,
  };
}
