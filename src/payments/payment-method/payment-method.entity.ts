import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentMethod, PaymentMethodStatus, PaymentMethodType } from '../payments.contract.js';

/** A saved card or bank account: one opaque token and what is needed to show it. Nothing else is ever stored of it. */
@Entity('payment_method')
export class PaymentMethodRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('text') type: PaymentMethodType;
  @Column('text') status: PaymentMethodStatus;
  @Column('text', { nullable: true }) statusReason: string | null;
  @Column('boolean') isDefault: boolean;
  @Column('text') gateway: string;
  /** Whatever string the gateway gave us, sealed: see tokens.ts. */
  @Column('bytea') providerToken: Buffer;
  @Column('text') tokenDigest: string;
  @Column('text', { nullable: true }) providerCustomer: string | null;
  @Column('text', { nullable: true }) cardBrand: string | null;
  @Column('text') lastFour: string;
  @Column('smallint', { nullable: true }) expiryMonth: number | null;
  @Column('smallint', { nullable: true }) expiryYear: number | null;
  @Column('text', { nullable: true }) bankName: string | null;
  @Column('integer') version: number;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}

/** The method as the contract and the REST API show it: never the token. */
export function paymentMethodView(method: PaymentMethodRecord): PaymentMethod {
  return {
    id: method.id,
    type: method.type,
    status: method.status,
    isDefault: method.isDefault,
    cardBrand: method.cardBrand,
    lastFour: method.lastFour,
    expiryMonth: method.expiryMonth,
    expiryYear: method.expiryYear,
    bankName: method.bankName,
    attention: null,
    createdAt: method.createdAt.toISOString(),
  };
}
