import { Injectable } from '@nestjs/common';

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
  readonly #checks = new Map<string, HealthCheck>();

  register(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  async read(): Promise<Health> {
    const checks = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await outcomeOf(check)] as const),
    );
    const isReady = checks.every(([, outcome]) => outcome['status'] === 'up');
    return { status: isReady ? 'ready' : 'not_ready', checks: Object.fromEntries(checks) };
  }
}

async function outcomeOf(check: HealthCheck): Promise<Record<string, unknown>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    return { status: 'up', ...(await Promise.race([check(), late])) };
  } catch {
    // The reason may hold a host or a statement; it is in the log of whoever failed, not in a public answer.
    return { status: 'down' };
  } finally {
    clearTimeout(timer);
  }
}
