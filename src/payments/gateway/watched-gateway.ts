import { AsyncLocalStorage } from 'node:async_hooks';
import CircuitBreaker from 'opossum';
import type { Histogram } from 'prom-client';
import { refuseCardNumbersLeaving } from '../../platform/card-data/leaving.js';
import { assertNoTransaction } from '../database/payments-database.js';
import type { GatewayConfig } from './gateway.config.js';
import { type Gateway, type GatewayRequest, GatewayUnavailable, type Unknown } from './gateway.js';

export type CallDurations = Histogram<'gateway' | 'call' | 'outcome'>;

/** Calls without an outcome of their own: no answer is an error, not a value. */
const THROWING: ReadonlySet<string> = new Set([
  'readAccount',
  'createCustomer',
  'startSetup',
  'readSetup',
  'setupReturned',
  'verifySetup',
  'cancelSetup',
  'readMethod',
  'readMandate',
  'detach',
  'forgetCustomer',
  'readFraudWarning',
]);
/** These ask nobody, or ask while they are read. */
const UNWATCHED: ReadonlySet<string> = new Set([
  'onAnswer',
  'tokenOf',
  'verifyWebhook',
  'answerChallenge',
  'listEvents',
  'listMovements',
  'close',
]);

/** Over how long failures are counted; long enough to be no accident, short enough to notice an outage. */
const BREAKER_WINDOW_MS = 10_000;
/** Fewer calls than this say nothing about the gateway. */
const BREAKER_CALLS_MIN = 10;
/** A charge is two calls, and at some gateways the first asks nobody: then half is all that can fail. */
const BREAKER_FAILURES_PERCENT = 40;
/** How long a gateway that fails is left alone before one call tries it again. */
export const BREAKER_REST_MS = 10_000;

/** The requests that the call under way has taken so far. */
const heard = new AsyncLocalStorage<GatewayRequest[]>();

/** An outcome that the breaker must count as a failure; it is handed out again at once. */
class NoAnswer extends Error {
  constructor(readonly outcome: unknown) {
    super('the gateway did not say');
  }
}

/** How a gateway stands, as this process knows it. */
export interface Standing {
  /** `failing`: the last call got no answer; `down`: left alone for a moment; `trying`: one call finds out whether it is back. */
  state: 'up' | 'failing' | 'down' | 'trying' | 'not_asked';
  lastAnswerAt: Date | null;
  lastFailureAt: Date | null;
}

/** The adapter, with each call refused inside a database transaction or with a card number in it, timed, heard, and spared a gateway that is down. */
export class WatchedGateway {
  readonly #breaker: CircuitBreaker<[() => Promise<unknown>], unknown>;
  readonly gateway: Gateway;
  #lastAnswerAt: Date | null = null;
  #lastFailureAt: Date | null = null;

  constructor(
    gateway: Gateway,
    config: Pick<GatewayConfig, 'GATEWAY_BREAKER'>,
    private readonly durations: CallDurations,
  ) {
    gateway.onAnswer((request) => heard.getStore()?.push(request));
    this.#breaker = new CircuitBreaker(failOnNoAnswer, {
      enabled: config.GATEWAY_BREAKER === 'on',
      timeout: false, // the adapter's own time-out ends a call
      rollingCountTimeout: BREAKER_WINDOW_MS,
      volumeThreshold: BREAKER_CALLS_MIN,
      errorThresholdPercentage: BREAKER_FAILURES_PERCENT,
      resetTimeout: BREAKER_REST_MS,
    });
    this.gateway = new Proxy(gateway, {
      get: (target, name: string) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        const call = (...input: unknown[]): unknown => Reflect.apply(member, target, input);
        if (UNWATCHED.has(name)) return call;
        return async (...input: unknown[]) => {
          refuseCardNumbersLeaving(input, 'a call of the gateway');
          return this.watch(name, async () => call(...input));
        };
      },
    });
  }

  /** The gateway has been failing and is left alone for a moment: better to begin nothing now. */
  get isDown(): boolean {
    return this.#breaker.opened;
  }

  get standing(): Standing {
    const [lastAnswerAt, lastFailureAt] = [this.#lastAnswerAt, this.#lastFailureAt];
    return { state: this.stateNow(), lastAnswerAt, lastFailureAt };
  }

  private stateNow(): Standing['state'] {
    if (this.#breaker.opened) return 'down';
    if (this.#breaker.halfOpen) return 'trying';
    if (!this.#lastAnswerAt && !this.#lastFailureAt) return 'not_asked';
    return Number(this.#lastFailureAt) > Number(this.#lastAnswerAt) ? 'failing' : 'up';
  }

  stop(): void {
    this.#breaker.shutdown();
    this.gateway.close();
  }

  private async watch(call: string, run: () => Promise<unknown>): Promise<unknown> {
    const { name } = this.gateway;
    assertNoTransaction(`${name} ${call}`);
    const stop = this.durations.startTimer({ gateway: name, call });
    const requests: GatewayRequest[] = [];
    try {
      const outcome = await heard.run(requests, () => this.#breaker.fire(run));
      stop({ outcome: statusOf(outcome) });
      this.#lastAnswerAt = new Date();
      return withRequests(outcome, requests);
    } catch (error) {
      stop({ outcome: 'no_answer' });
      if (!CircuitBreaker.isOurError(error as Error)) this.#lastFailureAt = new Date(); // else nobody was asked
      if (error instanceof NoAnswer) return withRequests(error.outcome, requests);
      if (!(error instanceof Error) || !CircuitBreaker.isOurError(error)) throw error;
      if (THROWING.has(call)) throw new GatewayUnavailable(`${name} is failing and left alone for a moment`);
      return { status: 'unknown', reason: 'the gateway is failing and left alone for a moment' };
    }
  }
}

async function failOnNoAnswer(run: () => Promise<unknown>): Promise<unknown> {
  const outcome = await run();
  if (isUnanswered(outcome)) throw new NoAnswer(outcome);
  return outcome;
}

/** What the gateway has not told yet says nothing against it. */
function isUnanswered(outcome: unknown): boolean {
  return statusOf(outcome) === 'unknown' && !(outcome as Unknown).isAnswered;
}

/** Only a value with a status is an outcome. */
function withRequests(outcome: unknown, requests: GatewayRequest[]): unknown {
  const isOutcome = typeof outcome === 'object' && outcome !== null && 'status' in outcome;
  return isOutcome && requests.length > 0 ? { ...outcome, requests } : outcome;
}

function statusOf(outcome: unknown): string {
  return typeof outcome === 'object' && outcome !== null && 'status' in outcome
    ? String(outcome.status)
    : 'ok';
}
