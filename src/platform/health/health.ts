import { Injectable, Logger } from '@nestjs/common';

/** Answers with facts for people, and throws when this process cannot do its work. */
export type HealthCheck = () => Promise<Record<string, unknown>>;

export interface Health {
  status: 'ready' | 'not_ready';
  checks: Record<string, Record<string, unknown>>;
}

/** A check that takes longer counts as failed; load balancers commonly give up after 5 s. */
const CHECK_TIMEOUT_MS = 2_000;

/** What must work for this process to be given requests; modules register their own checks. */
@Injectable()
export class HealthChecks {
  private readonly logger = new Logger(HealthChecks.name);
  readonly #checks = new Map<string, HealthCheck>();
  readonly #down = new Set<string>();

  register(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  async read(): Promise<Health> {
    const checks = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await this.outcomeOf(name, check)] as const),
    );
    const isReady = checks.every(([, outcome]) => outcome['status'] === 'up');
    return { status: isReady ? 'ready' : 'not_ready', checks: Object.fromEntries(checks) };
  }

  /** The reason may hold a host or a statement: it is in the log, once for each time that the check goes down, not in a public answer. */
  private async outcomeOf(name: string, check: HealthCheck): Promise<Record<string, unknown>> {
    try {
      const facts = await inTime(check());
      if (this.#down.delete(name)) this.logger.log({ check: name }, 'a health check is up again');
      return { status: 'up', ...facts };
    } catch (error) {
      if (!this.#down.has(name)) this.logger.error({ err: error, check: name }, 'a health check is down');
      this.#down.add(name);
      return { status: 'down' };
    }
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
