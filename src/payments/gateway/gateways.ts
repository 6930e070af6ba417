import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../../platform/metrics/metrics.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError } from '../payments.contract.js';
import type { Gateway } from './gateway.js';
import type { GatewayName } from './gateway-choice.config.js';
import type { Heard } from './heard.js';
import { BREAKER_REST_MS, WatchedGateway } from './watched-gateway.js';

/** One adapter for each gateway that is spoken with. */
export const ADAPTERS = Symbol('gateway adapters');

/** A gateway's library is loaded where the gateway is used: Adyen's alone takes half a second. */
const LOADING: Record<GatewayName, (config: PaymentsConfig, heard: Heard) => Promise<Gateway>> = {
  stripe: async (config) => {
    const { StripeGateway } = await import('./stripe/stripe.gateway.js');
    return new StripeGateway(config);
  },
  adyen: async (config, heard) => {
    const { AdyenGateway } = await import('./adyen/adyen.gateway.js');
    return new AdyenGateway(config, heard);
  },
  braintree: async (config) => {
    const { BraintreeGateway } = await import('./braintree/braintree.gateway.js');
    return new BraintreeGateway(config);
  },
};

export async function adaptersOf(config: PaymentsConfig, heard: Heard): Promise<Gateway[]> {
  return Promise.all(config.gateways.map((name) => LOADING[name](config, heard)));
}

/** The gateways by name. A saved method stays with the gateway that holds its token; new ones go to the configured one. */
@Injectable()
export class Gateways implements OnModuleInit, OnApplicationShutdown {
  readonly #byName: ReadonlyMap<string, WatchedGateway>;
  readonly #outcomes: Counter<'gateway' | 'outcome'>;

  constructor(
    private readonly config: PaymentsConfig,
    metrics: Metrics,
    @Inject(ADAPTERS) adapters: Gateway[],
    private readonly database: PaymentsDatabase,
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
      adapters.map((gateway) => [gateway.name, new WatchedGateway(gateway, config, durations)]),
    );
  }

  /** @throws Error when saved methods could not be charged any more: a gateway that holds their tokens has no key here */
  async onModuleInit(): Promise<void> {
    const rows = await this.database.query<{ gateway: string }[]>(
      `SELECT DISTINCT gateway FROM payments.payment_method WHERE status <> 'removed' AND gateway <> ALL ($1)`,
      [this.names],
    );
    const missing = rows.map(({ gateway }) => gateway);
    if (missing.length > 0)
      throw new Error(
        `Saved payment methods are held by ${missing.join(' and ')}, whose key is not set: set its variables again.`,
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
