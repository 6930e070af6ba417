import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { InvoiceStatus } from './invoice-status.js';

export type InvoiceKind = 'tuition' | 'fee';

/** PostgreSQL's bigint arrives as text; amounts stay far below 2^53. */
export const asNumber = { from: Number, to: (value: number) => value };

/** Something that a payer owes: tuition or a fee. */
@Entity('invoice')
export class Invoice {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('text') kind: InvoiceKind;
  @Column('text') description: string;
  @Column('bigint', { transformer: asNumber }) amountMinor: number;
  @Column('text') currency: string;
  @Column('date') dueOn: string;
  @Column('text') status: InvoiceStatus;
  /** The payment that paid it; an id in another database, so no foreign key. */
  @Column('uuid', { nullable: true }) paymentId: string | null;
  /** The plan whose instalments paid it. */
  @Column('uuid', { nullable: true }) planId: string | null;
  /** A payment of the whole that is under way. */
  @Column('uuid', { nullable: true }) openPaymentId: string | null;
  @Column('timestamptz', { nullable: true }) paidAt: Date | null;
  @Column('text') caller: string;
  @Column('text') idempotencyKey: string;
  @Column('text') fingerprint: string;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}
