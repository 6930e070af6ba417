import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { Origin } from '../../platform/http/request-origin.js';

/**
 * Who did or saw what, when, from where, and with what outcome. A change of payment data is recorded in its transaction;
 * a look at it before it is answered; an operator's command before it runs. Added to only, and sealed: see `audit/`.
 */
@Entity('audit_entry')
export class AuditEntry {
  @PrimaryColumn('uuid') id: string;
  @Column({ type: 'bigint', insert: false }) position: string;
  @CreateDateColumn({ type: 'timestamptz' }) occurredAt: Date;
  @Column('text') kind: 'change' | 'access' | 'operation';
  @Column('text') actor: string;
  @Column('text') action: string;
  @Column('text', { nullable: true }) targetType: string | null;
  @Column('uuid', { nullable: true }) targetId: string | null;
  @Column('text') outcome: 'succeeded' | 'refused' | 'failed';
  @Column('jsonb') origin: Origin;
  @Column('jsonb') change: Record<string, unknown>;
}
