import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { SealedPlace } from '../database/sealing.js';
import type { GatewayEvent } from '../gateway/gateway.js';
import type { WebhookEventStatus } from './webhook-event-status.js';

/** What a gateway told us; `body` is the bytes that it signed, sealed; null once the payer whom they tell of is erased. */
@Entity('webhook_event')
export class WebhookEvent {
  @PrimaryColumn('uuid') id: string;
  @Column('text') gateway: string;
  @Column('text') account: string;
  @Column('text') providerEventId: string;
  @Column('text') type: string;
  @Column('jsonb', { nullable: true }) subject: GatewayEvent['subject'];
  @Column('bytea', { nullable: true }) body: Buffer | null;
  @Column('text') status: WebhookEventStatus;
  @Column('text', { nullable: true }) lastError: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) receivedAt: Date;
  @Column('timestamptz', { nullable: true }) processedAt: Date | null;
}

export function placeOfBody(eventId: string): SealedPlace {
  return { column: 'webhook_event.body', rowId: eventId };
}
