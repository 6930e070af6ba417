import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { GatewayEvent } from '../gateway/gateway.js';
import type { WebhookEventStatus } from './webhook-event-status.js';

/** What a gateway told us, as the bytes that it signed. */
@Entity('webhook_event')
export class WebhookEvent {
  @PrimaryColumn('uuid') id: string;
  @Column('text') gateway: string;
  @Column('text') account: string;
  @Column('text') providerEventId: string;
  @Column('text') type: string;
  @Column('jsonb', { nullable: true }) subject: GatewayEvent['subject'];
  @Column('bytea') body: Buffer;
  @Column('text') status: WebhookEventStatus;
  @Column('text', { nullable: true }) lastError: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) receivedAt: Date;
  @Column('timestamptz', { nullable: true }) processedAt: Date | null;
}
