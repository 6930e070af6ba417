import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { AttemptStatus } from './attempt-status.js';

/** One try to take the money. Its random id is in every idempotency key sent to the gateway. */
@Entity('payment_attempt')
export class PaymentAttempt {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentId: string;
  @Column('text') gateway: string;
  /** The gateway's object; as long as it is null, nothing was confirmed. */
  @Column('text', { nullable: true }) providerPayment: string | null;
  @Column('text') status: AttemptStatus;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}
