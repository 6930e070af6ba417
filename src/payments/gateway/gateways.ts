import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../../platform/metrics/metrics.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError, type PaymentMethodType } from '../payments.contract.js';
import type { Gateway } from './gateway.js';
import type { GatewayConfig, GatewayName } from './gateway.config.js';
import type { Heard } from './heard.js';
import type { DepositProof, SetupFlow } from './saving.js';
import { BREAKER_REST_MS, type Standing, WatchedGateway } from './watched-gateway.js';

/** One adapter for each gateway that is spoken with. */
export const ADAPTERS = Symbol('gateway adapters');

/** A gateway's library is loaded where the gateway is used: Adyen's alone takes half a second. */
const LOADING: Record<GatewayName, (config: PaymentsConfig, heard: Heard) => Promise<Gateway>> = {
  stripe: async (config) => {
    const { StripeGateway } = await import('./stripe/stripe.gateway.js');
    return new StripeGateway(config.gateway);
  },
  adyen: async (config, heard) => {
    const { AdyenGateway } = await import('./adyen/adyen.gateway.js');
    return new AdyenGateway(config, heard);
  },
  braintree: async (config) => {
    const { BraintreeGateway } = await import('./braintree/braintree.gateway.js');
    return new BraintreeGateway(config.gateway);
  },
};

export async function adaptersOf(config: PaymentsConfig, heard: Heard): Promise<Gateway[]> {
  return Promise.all(config.gateway.names.map((name) => LOADING[name](config, heard)));
}

export interface GatewayStanding extends Standing {
  name: string;
  /** Where new methods go when no rule says otherwise. */
  isDefault: boolean;
}

/** The gateways by name. A saved method stays with the gateway that holds its token; where new ones go, the configuration says. */
@Injectable()
export class Gateways implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Gateways.name);
  readonly #config: GatewayConfig;
  readonly #byName: ReadonlyMap<string, WatchedGateway>;
  readonly #outcomes: Counter<'gateway' | 'outcome'>;

  constructor(
    config: PaymentsConfig,
    metrics: Metrics,
    @Inject(ADAPTERS) adapters: Gateway[],
    private readonly database: PaymentsDatabase,
  ) {
    this.#config = config.gateway;
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
      adapters.map((gateway) => [gateway.name, new WatchedGateway(gateway, this.#config, durations)]),
    );
    metrics.gauge(
      'gateway_breaker_open',
      '1 while a gateway is left alone after too many calls without an answer',
      ['gateway'],
      (gauge) => {
        for (const [gateway, { isDown }] of this.#byName) gauge.set({ gateway }, isDown ? 1 : 0);
      },
    );
  }

  /** Methods of a gateway that has no key here cannot be charged. That is said, and stops nobody else's. */
  async onModuleInit(): Promise<void> {
    const rows = await this.database.query<{ gateway: string; methods: number }[]>(
      `SELECT gateway, count(*)::int AS methods FROM payments.payment_method
        WHERE status <> 'removed' AND gateway <> ALL ($1) GROUP BY gateway`,
      [this.names],
    );
    for (const { gateway, methods } of rows)
      this.logger.error(
        { gateway, methods },
        'saved methods cannot be charged: set the keys of their gateway',
      );
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  /** The gateway for a method that is saved from now on: the one of the rule for it, where that offers what is asked for. */
  forNew({ type, flow, payerId }: { type: PaymentMethodType; flow: SetupFlow; payerId: string }): Gateway {
    const wished = this.of(this.#config.forNew(type, payerId));
    const { methodTypes, flows } = wished.capabilities;
    return methodTypes.includes(type) && flows.includes(flow)
      ? wished
      : this.of(this.#config.PAYMENT_GATEWAY);
  }

  /** @throws PaymentsError `gateway_unavailable` for a gateway whose keys are not here */
  of(name: string): Gateway {
    const gateway = this.find(name);
    if (!gateway) throw notConfigured(name);
    return gateway;
  }

  /** How often a payer may say which small deposits arrived; not at all where the gateway's keys are not here. */
  triesMax(setup: { gateway: string; verificationKind: DepositProof['kind'] | null }): number {
    const { gateway, verificationKind: kind } = setup;
    return (kind && this.find(gateway)?.capabilities.depositTries[kind]) ?? 0;
  }

  find(name: string): Gateway | undefined {
    return this.#byName.get(name)?.gateway;
  }

  /** @throws PaymentsError `gateway_unavailable` while the gateway is failing or its keys are not here, before anything is begun */
  assertUp(name: string): void {
    if (!this.#byName.has(name)) throw notConfigured(name);
    if (this.#byName.get(name)?.isDown)
      throw new PaymentsError(
        'gateway_unavailable',
        'The payment gateway does not answer at the moment. Nothing was charged; try again shortly.',
        Math.ceil(BREAKER_REST_MS / 1000),
      );
  }

  standing(): GatewayStanding[] {
    return [...this.#byName].map(([name, watched]) => ({
      name,
      isDefault: name === this.#config.PAYMENT_GATEWAY,
      ...watched.standing,
    }));
  }

  countOutcome(gateway: string, outcome: string): void {
    this.#outcomes.inc({ gateway, outcome });
  }

  onApplicationShutdown(): void {
    for (const watched of this.#byName.values()) watched.stop();
  }
}

/** Until an operator sets them; whoever asked may try again, as with a gateway that is down. */
function notConfigured(name: string): PaymentsError {
  return new PaymentsError(
    'gateway_unavailable',
    `The payment gateway ${name} is not configured here. Nothing was charged.`,
    NOT_CONFIGURED_RETRY_SECONDS,
  );
}

/** An operator takes minutes, not seconds. */
const NOT_CONFIGURED_RETRY_SECONDS = 300;
