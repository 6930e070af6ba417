import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentsEvent } from '../payments.contract.js';

/** `gone`: it answered that it is (410). */
export type DisabledReason = 'by_operator' | 'failing' | 'gone';

/** Somebody who wants to hear of events, at an address of theirs. */
@Entity('event_endpoint')
export class EventEndpointRecord {
  @PrimaryColumn('uuid') id: string;
  @Column('text') url: string;
  @Column('text') description: string;
  /** Null: every type, also those to come. */
  @Column('text', { array: true, nullable: true }) eventTypes: PaymentsEvent['type'][] | null;
  @Column('text') status: 'active' | 'disabled';
  @Column('text', { nullable: true }) disabledReason: DisabledReason | null;
  @Column('timestamptz', { nullable: true }) disabledAt: Date | null;
  /** Sealed. The previous one signs beside it until its time is up, so that a receiver can change in between. */
  @Column('bytea') secret: Buffer;
  @Column('bytea', { nullable: true }) previousSecret: Buffer | null;
  @Column('timestamptz', { nullable: true }) previousSecretUntil: Date | null;
  /** Nothing was taken since then. */
  @Column('timestamptz', { nullable: true }) failingSince: Date | null;
  /** It did not even answer: it is left alone for a moment, so that it keeps nobody else waiting. */
  @Column('timestamptz', { nullable: true }) pausedUntil: Date | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
}

/** As operators see it: everything but the secret. */
export interface EventEndpoint {
  id: string;
  url: string;
  description: string;
  eventTypes: string[] | null;
  status: 'active' | 'disabled';
  disabledReason: DisabledReason | null;
  disabledAt: string | null;
  failingSince: string | null;
  previousSecretUntil: string | null;
  createdAt: string;
}

export function endpointView(endpoint: EventEndpointRecord): EventEndpoint {
  const { id, url, description, eventTypes, status, disabledReason, createdAt } = endpoint;
  const { disabledAt, failingSince, previousSecretUntil } = endpoint;
  return {
    id,
    url,
    description,
    eventTypes,
    status,
    disabledReason,
    disabledAt: disabledAt?.toISOString() ?? null,
    failingSince: failingSince?.toISOString() ?? null,
    previousSecretUntil: previousSecretUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}
