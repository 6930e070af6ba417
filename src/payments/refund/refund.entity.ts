import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../database/bigint.js';
import type { Refund, RefundReason, RefundStatus } from '../payments.contract.js';

/** Money given back: stored, with its part of the payment held, before the gateway hears of it. */
@Entity('refund')
export class RefundRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentId: string;
  @Column('text') gateway: string;
  @Column('text', { nullable: true }) providerRefund: string | null;
  @Column('bigint', { transformer: bigintAsNumber }) amountMinor: number;
  @Column('text') currency: string;
  @Column('text', { nullable: true }) reason: RefundReason | null;
  @Column('text') status: RefundStatus;
  @Column('text', { nullable: true }) failureCode: string | null;
  @Column('text') caller: string;
  @Column('text') idempotencyKey: string;
  @Column('text') fingerprint: string;
  /** The request that another person agreed to; none where none was needed. */
  @Column('uuid', { nullable: true }) refundRequestId: string | null;
  @Column('integer') version: number;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}

/** The refund as the contract and the REST API show it. */
export function refundView(refund: RefundRecord): Refund {
  const { id, paymentId, amountMinor, currency, reason, status, failureCode } = refund;
  return {
    id,
    paymentId,
    amountMinor,
    currency,
    reason,
    status,
    failureCode,
    createdAt: refund.createdAt.toISOString(),
  };
}
