import type { ClientConfig } from 'pg';
import { PreparingClient } from '../../platform/postgres/prepared-statements.js';

/** The database says that it is being moved, or is the home no longer. */
const MOVING = 'TK503';
const UNDEFINED_TABLE = '42P01';
/** A move pauses writing for a few seconds. */
const RETRY_AFTER_SECONDS = 2;

/**
 * Where a process finds payments, which may change while it runs: new connections go to the new place, and those to the old
 * one end as soon as nobody uses them. The DataSource above does not notice.
 */
export class HomeAddress {
  readonly #clients = new Set<HomeClient>();
  #url: string;
  /** Called when the database refuses because payments are not at home there any more. */
  onMoving: () => void = () => undefined;

  constructor(url: string) {
    this.#url = url;
  }

  get url(): string {
    return this.#url;
  }

  moveTo(url: string): void {
    this.#url = url;
    for (const client of this.#clients) client.leave();
    this.#clients.clear();
  }

  /** The class of this DataSource's connections. */
  get client(): new (config: ClientConfig) => HomeClient {
    const home = this as HomeAddress;
    const join = (client: HomeClient) => {
      this.#clients.add(client);
      client.once('end', () => this.#clients.delete(client));
    };
    return class extends HomeClient {
      constructor(config: ClientConfig) {
        super({ ...config, connectionString: home.url }, () => home.onMoving());
        join(this);
      }
    };
  }
}

class HomeClient extends PreparingClient {
  readonly #onMoving: () => void;
  #hasLeft = false;
  #inUse = 0;

  constructor(config: ClientConfig, onMoving: () => void) {
    super(config);
    this.#onMoving = onMoving;
  }

  /** Ends it: at once where nobody uses it, else with its next statement, so that nothing is cut off. */
  leave(): void {
    this.#hasLeft = true;
    const isKnown = this.listenerCount('error') > 0; // one that is still connecting ends with its first statement
    if (this.#inUse === 0 && isKnown)
      this.emit('error', new Error('payments have moved to another database')); // its pool lets go of it
  }

  override query(...input: unknown[]): never {
    if (this.#hasLeft) {
      void this.end();
      return Promise.reject(moving(new Error())) as never;
    }
    const result = (super.query as (...input: unknown[]) => unknown)(...input);
    if (!(result instanceof Promise)) return result as never;
    this.#inUse++;
    return result
      .catch((error: Error & { code?: string }) => {
        const isGone = error.code === UNDEFINED_TABLE && error.message.includes('"payments.');
        if (error.code !== MOVING && !isGone) throw error;
        this.#onMoving();
        throw moving(error);
      })
      .finally(() => this.#inUse--) as never;
  }
}

/** In the contract's words: the code and the pause that the error is answered with. */
function moving(error: Error): Error {
  return Object.assign(error, {
    code: 'payments_moving',
    message: 'Payments are being moved to another database. Nothing was done; try again in a moment.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
