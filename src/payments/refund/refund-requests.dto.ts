import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '../../platform/http/page.js';
import type { RefundReason } from '../payments.contract.js';
import type { RefundRequestStatus } from './refund-request-status.js';

export class RefundRequestsQuery extends PageQuery {
  /** `pending`: those that can still be agreed to. */
  @IsOptional()
  @IsIn(['pending', 'approved', 'rejected'])
  status?: RefundRequestStatus;
}

export class RefundRequestDto {
  id: string;
  paymentId: string;
  amountMinor: number;
  currency: string;
  reason: RefundReason | null;
  status: RefundRequestStatus | 'expired';
  /** Issuer and subject of the person who asked. */
  requestedBy: string;
  /** Issuer and subject of the person who agreed or refused. */
  decidedBy: string | null;
  createdAt: string;
  expiresAt: string;
  decidedAt: string | null;
}

export class RefundRequestPageDto {
  data: RefundRequestDto[];
  nextCursor: string | null;
}
