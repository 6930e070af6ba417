import type { Account, JournalLine } from './account.js';
import type { Changes } from './changes.js';

/** What those who act by themselves, when time passes or an event is to be sent, need of the sandbox. */
export interface Keeper {
  readonly accounts: ReadonlyMap<string, Account>;
  /** Applies changes, and resolves once they cannot be lost any more. */
  commit(changes: Changes, more?: Partial<JournalLine>): Promise<void>;
  /** The same, and sends the events that belong to them. */
  keep(changes: Changes): Promise<void>;
  log(entry: object): void;
}
