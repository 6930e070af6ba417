import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../database/bigint.js';
import type { Payment, PaymentFailure, PaymentStatus } from '../payments.contract.js';

/** One intended charge: the row that carries its idempotency key is the row that the key made. */
@Entity('payment')
export class PaymentRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('uuid') paymentMethodId: string;
  @Column('text') obligation: string;
  @Column('bigint', { transformer: bigintAsNumber }) amountMinor: number;
  @Column('bigint', { transformer: bigintAsNumber }) capturedMinor: number;
  @Column('bigint', { transformer: bigintAsNumber }) refundedMinor: number;
  @Column('bigint', { transformer: bigintAsNumber }) refundingMinor: number;
  @Column('bigint', { transformer: bigintAsNumber }) disputedMinor: number;
  @Column('text') currency: string;
  @Column('text') capture: 'automatic' | 'manual';
  /** Where the payer comes back to; null when the payer was not there. */
  @Column('text', { nullable: true }) returnUrl: string | null;
  @Column('text') status: PaymentStatus;
  @Column('text', { nullable: true }) statusDetail: Payment['statusDetail'];
  @Column('timestamptz', { nullable: true }) expectedBy: Date | null;
  @Column('jsonb', { nullable: true }) failure: PaymentFailure | null;
  @Column('text', { nullable: true }) nextActionUrl: string | null;
  @Column('text') caller: string;
  @Column('text') idempotencyKey: string;
  @Column('text') fingerprint: string;
  @Column('boolean') obligationFreed: boolean;
  @Column('integer') version: number;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}

/** The payment as the contract and the REST API show it. */
export function paymentView(payment: PaymentRecord): Payment {
  return {
    id: payment.id,
    payerId: payment.payerId,
    status: payment.status,
    statusDetail: payment.statusDetail,
    expectedBy: payment.expectedBy?.toISOString() ?? null,
    amountMinor: payment.amountMinor,
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    disputedMinor: payment.disputedMinor,
    obligationFreed: payment.obligationFreed,
    currency: payment.currency,
    paymentMethodId: payment.paymentMethodId,
    obligation: payment.obligation,
    failure: payment.failure,
    nextAction: payment.nextActionUrl === null ? null : { type: 'redirect', url: payment.nextActionUrl },
    createdAt: payment.createdAt.toISOString(),
  };
}
