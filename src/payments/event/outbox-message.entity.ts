import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentsEvent } from '../payments.contract.js';

/** A fact that others may know, stored with the change it tells of and delivered afterwards. */
@Entity('outbox_message')
export class OutboxMessage {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') aggregateId: string;
  @Column('text') type: PaymentsEvent['type'];
  @Column('jsonb') payload: Record<string, unknown>;
  @CreateDateColumn({ type: 'timestamptz' }) occurredAt: Date;
  @Column('timestamptz', { nullable: true }) deliveredAt: Date | null;
}
