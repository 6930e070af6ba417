import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../database/bigint.js';
import type { Dispute, DisputeStatus } from '../payments.contract.js';

/** The payer's bank takes money back, or asks about it. */
@Entity('dispute')
export class DisputeRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentId: string;
  @Column('text') gateway: string;
  @Column('text') providerDispute: string;
  @Column('text') status: DisputeStatus;
  @Column('bigint', { transformer: bigintAsNumber }) amountMinor: number;
  @Column('bigint', { transformer: bigintAsNumber }) withdrawnMinor: number;
  @Column('text') currency: string;
  @Column('text') reason: string;
  @Column('boolean') isContestable: boolean;
  @Column('timestamptz', { nullable: true }) evidenceDueBy: Date | null;
  @Column('integer') version: number;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}

/** The dispute as the contract and the REST API show it. */
export function disputeView(dispute: DisputeRecord): Dispute {
  const { id, paymentId, status, amountMinor, withdrawnMinor, currency, reason, isContestable } = dispute;
  return {
    id,
    paymentId,
    status,
    amountMinor,
    withdrawnMinor,
    currency,
    reason,
    isContestable,
    evidenceDueBy: dispute.evidenceDueBy?.toISOString() ?? null,
    createdAt: dispute.createdAt.toISOString(),
  };
}
