import { join } from 'node:path';
import { Clock } from './clock.js';
import { Account, accountIdOf, type JournalLine } from './state/account.js';
import type { Changes } from './state/changes.js';
import { Journal } from './state/journal.js';
import type { Keeper } from './state/keeper.js';
import { WebhookSender } from './webhooks/sender.js';

export interface Options {
  dataFolder: string;
  /** How long an idempotency key is remembered; Stripe forgets after 24 hours at the earliest. */
  keysKeptMs: number;
  log(entry: object): void;
  /** The ledger cannot be written any more: nothing that would be answered from here on is true. */
  giveUp(error: Error): void;
}

/** All accounts, and the one way by which anything in them changes. */
export class Sandbox implements Keeper {
  readonly accounts = new Map<string, Account>();
  readonly journal: Journal;
  readonly webhooks: WebhookSender;
  readonly clock: Clock;

  /** Set by the server: stops listening for a while. */
  startOutage: (forMs: number) => void = () => {};

  constructor(readonly options: Options) {
    this.journal = new Journal(join(options.dataFolder, 'ledger.jsonl'));
    this.journal.replay<JournalLine>((line) => this.account(line.account).apply(line));
    this.webhooks = new WebhookSender(this);
    this.clock = new Clock(this, (account, delivery) => this.webhooks.deliver(account, [delivery]));
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

  async commit(changes: Changes, more: Partial<JournalLine> = {}): Promise<void> {
    const line: JournalLine = { ...changes.toLine(), ...more };
    changes.account.apply(line);
    try {
      await this.journal.append(line);
    } catch (error) {
      this.options.giveUp(error as Error);
      throw error;
    }
  }

  async keep(changes: Changes): Promise<void> {
    if (changes.isEmpty) return;
    await this.commit(changes);
    this.webhooks.deliver(changes.account, changes.deliveries);
  }

  log(entry: object): void {
    this.options.log(entry);
  }

  async stop(): Promise<void> {
    this.clock.stop();
    this.webhooks.stop();
    await this.journal.settled();
    this.journal.close();
  }
}
