import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import CircuitBreaker from 'opossum';
import type { Histogram } from 'prom-client';
import type { Dispatcher } from 'undici';
import { currentBearerToken, currentOrigin } from '../../platform/http/request-origin.js';
import type { Metrics } from '../../platform/metrics/metrics.js';
import type { PaymentsLinkConfig } from '../payments.link.config.js';
import type { LinkConnection } from './link-connection.js';
import {
  errorOf,
  hasArrived,
  isProblem,
  NoAnswer,
  outcomeUnknown,
  paymentsUnavailable,
} from './link-problems.js';
import { LINK_ROUTES, type LinkCall, PERSON_HEADER } from './link-routes.js';
import type { ServiceTokens } from './service-tokens.js';

/** No gateway is asked for an answer; but a repeat waits up to 5 s for the first request to finish. */
const QUESTION_TIMEOUT_MS = 8_000;
/** A connection that payments were just closing, or one try that met their restart: more would only wait longer. */
const TRIES_MAX = 2;
const PAUSE_MS = 200;

/** Over how long failures are counted, and how few of them say nothing: as for gateways. */
const BREAKER_WINDOW_MS = 10_000;
const BREAKER_CALLS_MIN = 10;
const BREAKER_FAILURES_PERCENT = 50;
/** A neighbour is tried again sooner than a gateway: a restart takes seconds, and trying costs it little. */
const BREAKER_REST_MS = 2_000;

/** They would not listen to us at all: something is wrong between the two, and nothing with what was asked. */
const REFUSED_US = ['service_token_invalid', 'client_certificate_required'];
const TIME_OUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Asks payments, in their own process, what in one process is a call of a method. */
export class PaymentsLink {
  private readonly logger = new Logger(PaymentsLink.name);
  readonly #breaker: CircuitBreaker<[Dispatcher.RequestOptions], Dispatcher.ResponseData>;
  readonly #durations: Histogram<'call' | 'outcome'>;

  constructor(
    private readonly connection: LinkConnection,
    private readonly tokens: ServiceTokens,
    private readonly config: Pick<PaymentsLinkConfig, 'PAYMENTS_LINK_TIMEOUT_MS' | 'PAYMENTS_LINK_BREAKER'>,
    metrics: Metrics,
  ) {
    this.#breaker = new CircuitBreaker((options) => this.send(options), {
      enabled: config.PAYMENTS_LINK_BREAKER === 'on',
      timeout: false, // the connection's own time-outs end a call
      rollingCountTimeout: BREAKER_WINDOW_MS,
      volumeThreshold: BREAKER_CALLS_MIN,
      errorThresholdPercentage: BREAKER_FAILURES_PERCENT,
      resetTimeout: BREAKER_REST_MS,
    });
    this.#durations = metrics.duration(
      'payments_link_call_duration_seconds',
      'Where payments run alone: time that they took to answer a call of the contract',
      ['call', 'outcome'],
    );
    metrics.gauge(
      'payments_link_breaker_open',
      'Where payments run alone: 1 while they are left alone after too many calls without an answer',
      [],
      (gauge) => gauge.set(this.#breaker.opened ? 1 : 0),
    );
  }

  /** A question: it changes nothing, so not to know the answer is all that can go wrong. */
  ask<T>(call: LinkCall, input: object): Promise<T> {
    return this.call<T>(call, input, QUESTION_TIMEOUT_MS).catch((error: unknown) => {
      throw error instanceof NoAnswer ? paymentsUnavailable() : error;
    });
  }

  /** A change: safe to repeat, and repeated only as it was, with the same idempotency key in it. */
  tell<T>(call: LinkCall, input: object): Promise<T> {
    return this.call<T>(call, input, this.config.PAYMENTS_LINK_TIMEOUT_MS).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw error.mayHaveArrived ? outcomeUnknown() : paymentsUnavailable();
    });
  }

  stop(): void {
    this.#breaker.shutdown();
  }

  /** @throws NoAnswer, whose `mayHaveArrived` speaks of all tries; or what payments threw */
  private async call<T>(call: LinkCall, input: object, timeoutMs: number): Promise<T> {
    const options = await this.requestOf(call, input, timeoutMs);
    let mayHaveArrived = false;
    for (let tries = 1; ; tries++) {
      try {
        return await this.measured(call, () => this.once<T>(call, options));
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        mayHaveArrived ||= error.mayHaveArrived;
        this.logger.warn({ call, tries, reason: error.message }, 'payments did not answer');
        if (tries === TRIES_MAX || error.isTimeOut || !error.mayHaveArrived)
          throw new NoAnswer(error.message, mayHaveArrived);
        await sleep(PAUSE_MS);
      }
    }
  }

  private async measured<T>(call: LinkCall, once: () => Promise<T>): Promise<T> {
    const end = this.#durations.startTimer({ call });
    try {
      const answer = await once();
      end({ outcome: 'answered' });
      return answer;
    } catch (error) {
      end({ outcome: error instanceof NoAnswer ? 'no_answer' : 'refused' });
      throw error;
    }
  }

  private async requestOf(
    call: LinkCall,
    input: object,
    timeoutMs: number,
  ): Promise<Dispatcher.RequestOptions> {
    const { ip } = currentOrigin();
    const person = currentBearerToken();
    return {
      method: 'POST',
      path: LINK_ROUTES[call],
      headers: {
        authorization: `Bearer ${await this.tokens.current()}`,
        'content-type': 'application/json',
        ...(person ? { [PERSON_HEADER]: person } : {}),
        ...(ip ? { 'x-forwarded-for': ip } : {}),
      },
      body: JSON.stringify(input),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    };
  }

  private async once<T>(call: LinkCall, options: Dispatcher.RequestOptions): Promise<T> {
    const { statusCode, headers, body } = await this.#breaker.fire(options).catch((error: unknown) => {
      throw CircuitBreaker.isOurError(error as Error)
        ? new NoAnswer('they are left alone for a moment', false)
        : error;
    });
    const answer: unknown = await body.json().catch((error: unknown) => {
      throw noAnswer(error);
    });
    if (statusCode < 400) return answer as T;
    if (!isProblem(answer))
      throw new NoAnswer(`somebody else answered, with status ${statusCode}`, statusCode >= 500);
    if (REFUSED_US.includes(answer.code)) {
      this.logger.error(
        { call, code: answer.code, detail: answer.detail },
        'payments refuse this application',
      );
      throw new NoAnswer(answer.code, false);
    }
    if (statusCode >= 500)
      this.logger.warn({ call, code: answer.code, paymentsRequestId: answer.requestId }, 'payments failed');
    throw errorOf(answer, headers['retry-after'] as string | undefined);
  }

  /** What counts for the breaker: whether anybody answers at all. */
  private async send(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    return this.connection.request(options).catch((error: unknown) => {
      throw noAnswer(error);
    });
  }
}

function noAnswer(error: unknown): NoAnswer {
  const { code = '', message } = error as Error & { code?: string };
  return new NoAnswer(code || message, hasArrived(error), TIME_OUTS.has(code));
}
