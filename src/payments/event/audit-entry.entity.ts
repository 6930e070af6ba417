import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** One change of payment data: who, what, when, from what to what. Written in the transaction of the change. */
@Entity('audit_entry')
export class AuditEntry {
  @PrimaryColumn('uuid') id: string;
  @Column({ type: 'bigint', insert: false }) position: string;
  @CreateDateColumn({ type: 'timestamptz' }) occurredAt: Date;
  @Column('text') actor: string;
  @Column('text') action: string;
  @Column('text') targetType: string;
  @Column('uuid') targetId: string;
  @Column('jsonb') change: Record<string, unknown>;
}
