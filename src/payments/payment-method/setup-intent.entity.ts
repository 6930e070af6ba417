import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { DepositProof } from '../gateway/saving.js';
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
  /** The method that the new one takes the place of. */
  @Column('uuid', { nullable: true }) replaces: string | null;
  /** Which text the payer agreed to, on which site, and when. */
  @Column('text', { nullable: true }) mandateVersion: string | null;
  @Column('text', { nullable: true }) origin: string | null;
  @Column('timestamptz', { nullable: true }) agreedAt: Date | null;
  @Column('text', { nullable: true }) addressDigest: string | null;
  /** While it is verifying: what the payer is asked, how often they have answered, from when and until when. */
  @Column('text', { nullable: true }) verificationKind: DepositProof['kind'] | null;
  @Column('smallint') verificationTries: number;
  @Column('timestamptz', { nullable: true }) depositsOn: Date | null;
  @Column('timestamptz', { nullable: true }) verifyBy: Date | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}
