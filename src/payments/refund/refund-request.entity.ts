import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../database/bigint.js';
import type { RefundReason } from '../payments.contract.js';
import type { RefundRequestStatus } from './refund-request-status.js';
import type { RefundRequestDto } from './refund-requests.dto.js';

/** A refund that one person asks for and another one must agree to: of this amount of this payment, once, until it expires. */
@Entity('refund_request')
export class RefundRequestRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentId: string;
  @Column('bigint', { transformer: bigintAsNumber }) amountMinor: number;
  @Column('text') currency: string;
  @Column('text', { nullable: true }) reason: RefundReason | null;
  @Column('text') status: RefundRequestStatus;
  @Column('text') caller: string;
  @Column('text') idempotencyKey: string;
  @Column('text') fingerprint: string;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
  @Column('timestamptz') expiresAt: Date;
  @Column('text', { nullable: true }) decidedBy: string | null;
  @Column('text', { nullable: true }) decisionKey: string | null;
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
}

/** The request as the REST API shows it. */
export function refundRequestView(request: RefundRequestRecord): RefundRequestDto {
  const { id, paymentId, amountMinor, currency, reason, status, caller, decidedBy } = request;
  const isExpired = status === 'pending' && request.expiresAt.getTime() <= Date.now();
  return {
    id,
    paymentId,
    amountMinor,
    currency,
    reason,
    status: isExpired ? 'expired' : status,
    requestedBy: caller,
    decidedBy,
    createdAt: request.createdAt.toISOString(),
    expiresAt: request.expiresAt.toISOString(),
    decidedAt: request.decidedAt?.toISOString() ?? null,
  };
}
