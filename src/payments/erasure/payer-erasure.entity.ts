import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { PayerErasureStatus } from './payer-erasure-status.js';

/** Somebody is to be forgotten. */
@Entity('payer_erasure')
export class PayerErasure {
  @PrimaryColumn('uuid') id: string;
  /** Null once it is done: who it was is then written nowhere. */
  @Column('text', { nullable: true }) payerId: string | null;
  @Column('text') standIn: string;
  @Column('text') status: PayerErasureStatus;
  @CreateDateColumn({ type: 'timestamptz' }) begunAt: Date;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
}
