import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../database/bigint.js';

export type OperationKind = 'confirmation' | 'capture' | 'cancellation';

/** Something asked of a payment that exists: stored before the gateway hears of it, under its idempotency key. */
@Entity('payment_operation')
export class PaymentOperation {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentId: string;
  @Column('text') kind: OperationKind;
  @Column('bigint', { nullable: true, transformer: bigintAsNumber }) amountMinor: number | null;
  @Column('text', { nullable: true }) returnUrl: string | null;
  @Column('text') status: 'begun' | 'ended';
  @Column('text') caller: string;
  @Column('text') idempotencyKey: string;
  @Column('text') fingerprint: string;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}
