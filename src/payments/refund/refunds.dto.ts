import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { AMOUNT_MINOR_MAX } from '../money.js';
import type { Refund, RefundReason, RefundStatus } from '../payments.contract.js';

export class CreateRefundDto {
  /** A whole number of the smallest unit; by default all that is left. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(AMOUNT_MINOR_MAX)
  amountMinor?: number;

  @IsOptional()
  @IsIn(['requested_by_customer', 'duplicate', 'fraudulent'])
  reason?: RefundReason;
}

export class RefundDto implements Refund {
  id: string;
  paymentId: string;
  amountMinor: number;
  currency: string;
  reason: RefundReason | null;
  status: RefundStatus;
  failureCode: string | null;
  createdAt: string;
}

export class RefundListDto {
  data: RefundDto[];
  nextCursor: string | null;
}
