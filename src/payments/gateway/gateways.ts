import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../../platform/metrics/metrics.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError } from '../payments.contract.js';
import type { Gateway } from './gateway.js';
import { StripeGateway } from './stripe/stripe.gateway.js';
import { BREAKER_REST_MS, WatchedGateway } from './watched-gateway.js';

/** The gateways by name. A saved method stays with the gateway that holds its token; new ones go to the configured one. */
@Injectable()
export class Gateways implements OnApplicationShutdown {
  readonly #byName: ReadonlyMap<string, WatchedGateway>;
  readonly #outcomes: Counter<'gateway' | 'outcome'>;

  constructor(
    private readonly config: PaymentsConfig,
    metrics: Metrics,
    stripe: StripeGateway,
  ) {
    const durations = metrics.duration('gateway_call_duration_seconds', 'Time a gateway took', [
      'gateway',
      'call',
      'outcome',
    ]);
    this.#outcomes = metrics.counter('payments_outcomes_total', 'Payments by outcome', [
      'gateway',
      'outcome',
    ]);
    this.#byName = new Map(
      [stripe].map((gateway) => [gateway.name, new WatchedGateway(gateway, config, durations)]),
    );
  }

  get names(): string[] {
    return [...this.#byName.keys()];
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
    return this.#byName.get(name)?.gateway;
  }

  /** @throws PaymentsError `gateway_unavailable` while the gateway is failing, before anything is begun */
  assertUp(name: string): void {
    if (this.#byName.get(name)?.isDown)
      throw new PaymentsError(
        'gateway_unavailable',
        'The payment gateway does not answer at the moment. Nothing was charged; try again shortly.',
        Math.ceil(BREAKER_REST_MS / 1000),
      );
  }

  countOutcome(gateway: string, outcome: string): void {
    this.#outcomes.inc({ gateway, outcome });
  }

  onApplicationShutdown(): void {
    for (const watched of this.#byName.values()) watched.stop();
  }
}
