import { join } from 'node:path';
import { Clock } from './clock.js';
import { Account, accountIdOf, type JournalLine } from './state/account.js';
import type { Changes } from './state/changes.js';
import { Journal } from './state/journal.js';
import { WebhookSender } from './webhooks/sender.js';

export interface Options {
  dataFolder: string;
  /** How long an idempotency key is remembered; Stripe forgets after 24 hours at the earliest. */
  keysKeptMs: number;
  log(entry: object): void;
}

/** All accounts, and the one way by which anything in them changes. */
export class Sandbox {
  readonly accounts = new Map<string, Account>();
  readonly journal: Journal;
  readonly webhooks: WebhookSender;
  readonly clock: Clock;

  /** Set by the server: stops listening for a while. */
  startOutage: (forMs: number) => void = () => {};

  constructor(readonly options: Options) {
    this.journal = new Journal(join(options.dataFolder, 'ledger.jsonl'));
    for (const line of this.journal.replay<JournalLine>()) this.account(line.account).apply(line);
    this.webhooks = new WebhookSender(this);
    this.clock = new Clock(this);
  }

  accountOfKey(secretKey: string): Account {
    return this.account(accountIdOf(secretKey));
  }

  account(id: string): Account {
    const known = this.accounts.get(id);
    if (known) return known;
    const account = new Account(id);
    this.accounts.set(id, account);
    return account;
  }

  /** Applies what a call did, and resolves once it cannot be lost any more. */
  async commit(changes: Changes, more: Partial<JournalLine> = {}): Promise<void> {
    const line: JournalLine = { ...changes.toLine(), ...more };
    changes.account.apply(line);
    await this.journal.append(line);
  }

  /** The same for what nobody asked through Stripe's API, events included. */
  async keep(changes: Changes): Promise<void> {
    if (changes.isEmpty) return;
    await this.commit(changes);
    this.webhooks.deliver(changes.account, changes.deliveries);
  }

  async stop(): Promise<void> {
    this.clock.stop();
    await this.webhooks.stop();
    await this.journal.settled();
    this.journal.close();
  }
}
