import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentMethodReason, PaymentMethodStatus, PaymentMethodType } from '../payments.contract.js';
import type { ExpiryStep } from './card-expiry.js';

/** A saved card or bank account: one opaque token and what is needed to show it. Nothing else is ever stored of it. */
@Entity('payment_method')
export class PaymentMethodRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('text') type: PaymentMethodType;
  @Column('text') status: PaymentMethodStatus;
  @Column('text', { nullable: true }) statusReason: PaymentMethodReason | null;
  @Column('boolean') isDefault: boolean;
  @Column('text') gateway: string;
  /** Whatever string the gateway gave us, sealed: see tokens.ts. Null once it is destroyed. */
  @Column('bytea', { nullable: true }) providerToken: Buffer | null;
  @Column('text', { nullable: true }) tokenDigest: string | null;
  @Column('text', { nullable: true }) providerCustomer: string | null;
  @Column('text', { nullable: true }) cardBrand: string | null;
  @Column('text') lastFour: string;
  @Column('smallint', { nullable: true }) expiryMonth: number | null;
  @Column('smallint', { nullable: true }) expiryYear: number | null;
  @Column('text', { nullable: true }) bankName: string | null;
  /** Keyed digest of what the gateway calls the same card or account; null where it does not say. */
  @Column('text', { nullable: true }) fingerprintDigest: string | null;
  @Column('uuid', { nullable: true }) replacedBy: string | null;
  /** The setup that it last came from. */
  @Column('uuid', { nullable: true }) setupIntentId: string | null;
  /** The last step of the expiry sweep that was told. */
  @Column('smallint', { nullable: true }) expiryNotice: ExpiryStep | null;
  @Column('timestamptz', { nullable: true }) askedAgainAt: Date | null;
  @Column('integer') version: number;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}

/** What the view of a method is made of. */
export type ViewedMethod = Pick<
  PaymentMethodRecord,
  | 'id'
  | 'type'
  | 'status'
  | 'isDefault'
  | 'cardBrand'
  | 'lastFour'
  | 'expiryMonth'
  | 'expiryYear'
  | 'bankName'
  | 'askedAgainAt'
  | 'createdAt'
>;
