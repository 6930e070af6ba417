import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { NextAction, Payment, PaymentFailure, PaymentStatus } from '../payments.contract.js';
import { AMOUNT_MINOR_MAX } from '../money.js';
import type { TimelineEntry } from './timeline.service.js';

export class CreatePaymentDto {
  @IsString()
  @Length(1, 100)
  payerId: string;

  @IsUUID()
  paymentMethodId: string;

  /** A whole number of the currency's smallest unit. */
  @IsInt()
  @Min(1)
  @Max(AMOUNT_MINOR_MAX)
  amountMinor: number;

  /** ISO 4217, upper case. */
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be an upper-case ISO 4217 code such as USD' })
  currency: string;

  /** What is being paid: at most one payment for it can be under way or paid. */
  @IsString()
  @Length(1, 200)
  obligation: string;

  /** `manual` reserves the amount, to be captured later. */
  @IsOptional()
  @IsIn(['automatic', 'manual'])
  capture?: 'automatic' | 'manual';
}

/** Adyen's `redirectResult` alone may be some thousand characters; no browser sends much more in an address. */
const RETURNED_CHARACTERS_MAX = 16_000;

export class ConfirmPaymentDto {
  /** Where the bank sends the payer back to. Its origin must be an allowed one. */
  @IsString()
  @MaxLength(2_000)
  returnUrl: string;

  /** The query that the payer came back from their bank with, as it was: some gateways need it to complete the payment. */
  @IsOptional()
  @IsString()
  @MaxLength(RETURNED_CHARACTERS_MAX)
  returned?: string;
}

export class CapturePaymentDto {
  /** By default all that is reserved. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(AMOUNT_MINOR_MAX)
  amountMinor?: number;
}

export class PaymentFailureDto implements PaymentFailure {
  code: PaymentFailure['code'];
  declineCode: string | null;
  message: string;
  action: PaymentFailure['action'];
  /** Whether the same method may be charged again by itself, only after the payer did something, or never. */
  retry: PaymentFailure['retry'];
  /** Why the method requires replacement from here on. */
  methodReason: PaymentFailure['methodReason'];
}

export class NextActionDto implements NextAction {
  type: 'redirect';
  url: string;
}

export class PaymentDto implements Payment {
  id: string;
  payerId: string;
  status: PaymentStatus;
  statusDetail: Payment['statusDetail'];
  expectedBy: string | null;
  amountMinor: number;
  capturedMinor: number;
  refundedMinor: number;
  disputedMinor: number;
  /** All that was taken went back for good: the same may be paid anew. */
  obligationFreed: boolean;
  currency: string;
  paymentMethodId: string;
  obligation: string;
  failure: PaymentFailureDto | null;
  nextAction: NextActionDto | null;
  createdAt: string;
}

export class PaymentPageDto {
  data: PaymentDto[];
  nextCursor: string | null;
}

export class TimelineEntryDto {
  at: string;
  kind: TimelineEntry['kind'];
  actor: string;
  what: string;
  details: Record<string, unknown>;
}

export class TimelineDto {
  data: TimelineEntryDto[];
  nextCursor: string | null;
}
