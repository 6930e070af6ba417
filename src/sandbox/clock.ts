import { doTask } from './behaviour/due-tasks.js';
import type { Account } from './state/account.js';
import { Changes } from './state/changes.js';
import type { Keeper } from './state/keeper.js';
import type { Delivery } from './state/resources.js';

/** How often real time is looked at. A due task is at most this late. */
const LOOK_EVERY_MS = 250;
/** A task may plan the next one; a circle of them must end. */
const TASKS_AT_ONCE_MAX = 10_000;

/** Lets things happen when they are due. Each account has its own clock: the wall's, plus what it was advanced by. */
export class Clock {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly keeper: Keeper,
    private readonly redeliver: (account: Account, delivery: Delivery) => void,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Days pass in a moment; whatever falls due on the way happens in its order and bears its own time. */
  async advance(account: Account, ms: number): Promise<void> {
    await this.runDue(account, account.nowMs() + ms);
    await this.keeper.commit(new Changes(account), { clockAheadMs: account.clockAheadMs + ms });
  }

  private look(): void {
    for (const account of this.keeper.accounts.values()) {
      if (account.nextDueMs > account.nowMs()) continue;
      this.runDue(account, account.nowMs()).catch((error) => this.keeper.log({ task: String(error) }));
    }
  }

  private async runDue(account: Account, untilMs: number): Promise<void> {
    const written: Promise<void>[] = [];
    for (let count = 0; count < TASKS_AT_ONCE_MAX; count++) {
      const next = account
        .all('sandbox.task')
        .reduce<{ dueMs: number; id: string } | undefined>(
          (first, task) => (first && first.dueMs <= task.dueMs ? first : task),
          undefined,
        );
      account.nextDueMs = next?.dueMs ?? Infinity;
      if (!next || next.dueMs > untilMs) break;
      written.push(this.run(account, next.id, Math.max(next.dueMs, 0)));
    }
    await Promise.all(written);
  }

  private run(account: Account, taskId: string, dueMs: number): Promise<void> {
    const task = account.find('sandbox.task', taskId)!;
    if (dueMs > account.nowMs()) account.holdClockAt(dueMs);
    let changes = new Changes(account);
    try {
      doTask(changes, task);
    } catch (error) {
      this.keeper.log({ task: task.does, subject: task.subject, error: String(error) });
      changes = new Changes(account);
      changes.drop(task);
    } finally {
      account.holdClockAt(undefined);
    }
    if (task.does === 'webhook.retry') {
      const delivery = account.find('sandbox.delivery', task.subject);
      if (delivery) this.redeliver(account, delivery);
    }
    return this.keeper.keep(changes);
  }
}
