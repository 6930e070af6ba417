import type { Account, JournalLine, Kind, Kinds } from './account.js';
import type { LedgerEntry } from './ledger.js';
import type { Delivery, Event, Resource, Task, WebhookEndpoint } from './resources.js';
import { resourceMissing } from '../wire/errors.js';
import { newId } from './ids.js';

export const API_VERSION = '2026-10-28.endive';

export interface Cause {
  id: string | null;
  idempotency_key: string | null;
}

export type Visible<T> = Omit<T, 'sandbox'>;

/** An object as the outside may see it. */
export function visible<T extends Resource>(object: T): Visible<T> {
  const { sandbox: _, ...rest } = object as T & { sandbox?: unknown };
  return rest;
}

/**
 * What one call does to an account, gathered while it runs and applied at its end: a call refused half-way changes
 * nothing, and one journal line holds all of it.
 */
export class Changes {
  private readonly staged = new Map<string, Resource>();
  private readonly dropped = new Set<string>();
  readonly ledger: LedgerEntry[] = [];
  readonly deliveries: Delivery[] = [];

  constructor(
    readonly account: Account,
    readonly cause: Cause = { id: null, idempotency_key: null },
  ) {}

  /** Seconds, as Stripe counts. */
  get now(): number {
    return Math.floor(this.account.nowMs() / 1000);
  }

  find<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    if (this.dropped.has(id)) return undefined;
    const staged = this.staged.get(id);
    if (staged) return staged.object === kind ? (staged as Kinds[K]) : undefined;
    return this.account.find(kind, id);
  }

  get<K extends Kind>(kind: K, id: string, param?: string): Kinds[K] {
    const object = this.find(kind, id);
    if (!object) throw resourceMissing(kind, id, param);
    return object;
  }

  /** Whatever has this id, for expanding. */
  anything(id: string): Resource | undefined {
    return this.staged.get(id) ?? this.account.objects.get(id);
  }

  all<K extends Kind>(kind: K): Kinds[K][] {
    if (this.staged.size === 0 && this.dropped.size === 0) return this.account.all(kind);
    const stored = this.account.all(kind).map((object) => (this.staged.get(object.id) ?? object) as Kinds[K]);
    const added = [...this.staged.values()].filter(
      (object) => object.object === kind && !this.account.objects.has(object.id),
    );
    return [...stored, ...(added as Kinds[K][])].filter((object) => !this.dropped.has(object.id));
  }

  save<T extends Resource>(object: T): T {
    this.staged.set(object.id, object);
    return object;
  }

  drop(object: Resource): void {
    this.staged.delete(object.id);
    this.dropped.add(object.id);
  }

  record(entry: Omit<LedgerEntry, 'at' | 'account'>): void {
    const at = new Date(this.account.nowMs()).toISOString();
    this.ledger.push({ at, account: this.account.id, ...entry });
  }

  schedule(does: string, subject: string, afterSeconds: number, attempt = 0): Task {
    const dueMs = this.account.nowMs() + afterSeconds * 1000;
    return this.save({ id: newId('task'), object: 'sandbox.task', dueMs, does, subject, attempt });
  }

  /** Something happened: an event for those who listen, holding the object as it stands now. */
  emit(type: string, object: Resource, previous?: Record<string, unknown>): Event {
    const event: Event = this.save({
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: this.now,
      data: { object: visible(object), ...(previous && { previous_attributes: previous }) },
      livemode: false,
      pending_webhooks: this.listenersOf(type).length,
      request: this.cause,
      type,
    });
    this.send(event);
    return event;
  }

  /** To every endpoint that listens for it now; also one that was sent before. */
  send({ id: event, type }: Event): Delivery[] {
    const deliveries = this.listenersOf(type).map(({ id: endpoint, url }): Delivery => ({
      id: newId('dlv'),
      object: 'sandbox.delivery',
      created: this.now,
      event,
      endpoint,
      type,
      url,
      status: 'pending',
      attempts: [],
    }));
    for (const delivery of deliveries) this.deliveries.push(this.save(delivery));
    return deliveries;
  }

  private listenersOf(type: string): WebhookEndpoint[] {
    return this.all('webhook_endpoint').filter(
      ({ status, enabled_events: wanted }) =>
        status === 'enabled' &&
        // What has no name at Stripe is for those who ask for it.
        ((wanted.includes('*') && !type.startsWith('adyen.')) || wanted.includes(type)),
    );
  }

  /** As if the call had not begun. */
  discard(): void {
    this.staged.clear();
    this.dropped.clear();
    this.ledger.length = 0;
    this.deliveries.length = 0;
  }

  get isEmpty(): boolean {
    return this.staged.size === 0 && this.dropped.size === 0 && this.ledger.length === 0;
  }

  toLine(): JournalLine {
    return {
      at: new Date().toISOString(),
      account: this.account.id,
      ...(this.ledger.length > 0 && { ledger: this.ledger }),
      ...(this.staged.size > 0 && { objects: [...this.staged.values()] }),
      ...(this.dropped.size > 0 && { dropped: [...this.dropped] }),
    };
  }
}
