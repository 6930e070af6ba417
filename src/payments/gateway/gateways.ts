import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { assertNoTransaction } from '../database/payments-database.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { PaymentsConfig } from '../payments.config.js';
import type { Gateway } from './gateway.js';
import { StripeGateway } from './stripe/stripe.gateway.js';

/** The gateways by name. A saved method stays with the gateway that holds its token; new ones go to the configured one. */
@Injectable()
export class Gateways {
  readonly #byName: ReadonlyMap<string, Gateway>;
  readonly #calls: Histogram<'gateway' | 'call' | 'outcome'>;
  readonly #outcomes: Counter<'gateway' | 'outcome'>;

  constructor(
    private readonly config: PaymentsConfig,
    metrics: Metrics,
    stripe: StripeGateway,
  ) {
    this.#calls = metrics.duration('gateway_call_duration_seconds', 'Time a gateway took', [
      'gateway',
      'call',
      'outcome',
    ]);
    this.#outcomes = metrics.counter('payments_outcomes_total', 'Payments by outcome', [
      'gateway',
      'outcome',
    ]);
    this.#byName = new Map([stripe].map((gateway) => [gateway.name, this.watched(gateway)]));
  }

  /** The gateway for methods that are saved from now on. */
  get forNewMethods(): Gateway {
    return this.of(this.config.PAYMENT_GATEWAY);
  }

  of(name: string): Gateway {
    const gateway = this.find(name);
    if (!gateway) throw new Error(`No adapter for the gateway ${name}`);
    return gateway;
  }

  find(name: string): Gateway | undefined {
    return this.#byName.get(name);
  }

  countOutcome(gateway: string, outcome: string): void {
    this.#outcomes.inc({ gateway, outcome });
  }

  /** The adapter, with each call refused inside a database transaction, timed and counted. */
  private watched(gateway: Gateway): Gateway {
    const watch = async (call: string, run: () => Promise<unknown>) => {
      assertNoTransaction(`${gateway.name} ${call}`);
      const stop = this.#calls.startTimer({ gateway: gateway.name, call });
      try {
        const outcome = await run();
        stop({ outcome: statusOf(outcome) });
        return outcome;
      } catch (error) {
        stop({ outcome: 'unavailable' });
        throw error;
      }
    };
    return new Proxy(gateway, {
      get: (target, name: keyof Gateway) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        const call = (...input: unknown[]): unknown => Reflect.apply(member, target, input);
        if (name === 'verifyWebhook') return call; // computes, and calls nobody
        return (...input: unknown[]) => watch(name, async () => call(...input));
      },
    });
  }
}

function statusOf(outcome: unknown): string {
  return typeof outcome === 'object' && outcome !== null && 'status' in outcome
    ? String(outcome.status)
    : 'ok';
}
