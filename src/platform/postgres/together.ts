import { setImmediate as endOfTurn } from 'node:timers/promises';
import { isDatabaseUnreachable } from './unreachable.js';

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Makes one statement, and so one wait for the disk, of what many ask for at about the same time: whatever comes while one
 * is under way shares the next. When PostgreSQL refuses it, each is tried by itself: one that cannot be done must not refuse the
 * others.
 */
export class Together<Item, Result> {
  readonly #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  constructor(
    /** Does it for all of them, or for none; gives what came of each in their order, where anything comes of them. */
    private readonly doAll: (items: Item[]) => Promise<readonly Result[]>,
    private readonly most: number,
  ) {}

  do(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isRunning) void this.runAll();
    });
  }

  private async runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await endOfTurn(); // a single one waits for nobody but those of its own turn
      await this.run(this.#waiting.splice(0, this.most));
    }
    this.#isRunning = false;
  }

  private async run(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.doAll(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, at) => resolve(results[at]!));
    } catch (error) {
      if (batch.length > 1 && !isDatabaseUnreachable(error)) for (const one of batch) await this.run([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
