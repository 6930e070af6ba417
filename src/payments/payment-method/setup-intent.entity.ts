import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentMethodType } from '../payments.contract.js';
import type { SetupIntentStatus } from './setup-intent-status.js';

/** One act of saving a method, from the payer's click to the saved method. */
@Entity('setup_intent')
export class SetupIntentRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('text') type: PaymentMethodType;
  @Column('text') flow: 'redirect' | 'embedded';
  @Column('text') status: SetupIntentStatus;
  @Column('text', { nullable: true }) statusReason: string | null;
  @Column('text') gateway: string;
  @Column('text', { nullable: true }) providerSetup: string | null;
  @Column('text', { nullable: true }) returnUrl: string | null;
  @Column('uuid', { nullable: true }) paymentMethodId: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}
