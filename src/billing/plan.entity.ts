import {
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import type { PaymentMethodType } from '../payments/payments.contract.js';
import type { InstalmentReason, InstalmentStatus } from './instalment-status.js';
import { asNumber } from './invoice.entity.js';
import type { PlanStatus } from './plan-status.js';

/** How an invoice is paid without its payer being there: in instalments that they agreed to, or whole by autopay. */
@Entity('plan')
export class Plan {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('uuid') invoiceId: string;
  @Column('text') origin: 'agreed' | 'autopay';
  @Column('text') status: PlanStatus;
  @Column('text') description: string;
  @Column('uuid') paymentMethodId: string;
  @Column('text') paymentMethodType: PaymentMethodType;
  /** Autopay has let it go: what is being charged comes to its end, and nothing is charged again. */
  @Column('boolean') withdrawn: boolean;
  @Column('text') caller: string;
  @Column('text') idempotencyKey: string;
  @Column('text') fingerprint: string;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
  @OneToMany(() => Instalment, (instalment) => instalment.plan) instalments: Relation<Instalment[]>;
}

/** A part of an invoice, due on a day: an obligation of its own. */
@Entity('instalment')
export class Instalment {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') planId: string;
  @Column('integer') position: number;
  @Column('bigint', { transformer: asNumber }) amountMinor: number;
  @Column('text') currency: string;
  @Column('date') dueOn: string;
  /** What it is called towards payments. */
  @Column('text') obligation: string;
  @Column('text') status: InstalmentStatus;
  @Column('text', { nullable: true }) statusReason: InstalmentReason | null;
  /** The payment that paid it, or that is under way; an id in another database. */
  @Column('uuid', { nullable: true }) paymentId: string | null;
  @Column('timestamptz', { nullable: true }) paidAt: Date | null;
  /** When it is charged by itself; null while it is not. */
  @Column('timestamptz', { nullable: true }) readyAt: Date | null;
  @ManyToOne(() => Plan, (plan) => plan.instalments)
  @JoinColumn({ name: 'plan_id' })
  plan: Relation<Plan>;
}
