import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { ProblemCodes } from '../platform/problem/problem-codes.js';
import { Payments } from './payments.contract.js';
import { doorOf } from './payments.door.js';
import { PaymentsLinkConfig } from './payments.link.config.js';
import { PAYMENTS_PROBLEMS } from './payments.problems.js';
import { EventSecretsInUse } from './remote/event-secrets.js';
import { EventsController } from './remote/events.controller.js';
import { forwardTo } from './remote/forwarding.js';
import { LinkConnection } from './remote/link-connection.js';
import { LINK_PROBLEMS } from './remote/link-routes.js';
import { PaymentsLink } from './remote/payments-link.js';
import { RemoteListeners } from './remote/remote-listeners.js';
import { RemotePayments } from './remote/remote-payments.js';
import { developmentLinkKey, ServiceTokens } from './remote/service-tokens.js';

/** Stands where `PaymentsModule` stands, when payments run in a process of their own: the same one token, nothing behind it. */
@Module({})
export class RemotePaymentsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly connection: LinkConnection,
    private readonly link: PaymentsLink,
    private readonly config: PaymentsLinkConfig,
    private readonly http: HttpAdapterHost,
    private readonly problems: ProblemCodes,
    private readonly clock: BusinessClock,
  ) {}

  static configure(config: PaymentsLinkConfig): DynamicModule {
    return {
      module: RemotePaymentsModule,
      controllers: [EventsController],
      providers: [
        { provide: PaymentsLinkConfig, useFactory: () => config },
        {
          provide: ServiceTokens,
          inject: [PlatformConfig],
          useFactory: (platform: PlatformConfig) => new ServiceTokens(signingKeyOf(platform, config)),
        },
        { provide: LinkConnection, useFactory: () => new LinkConnection(config) },
        {
          provide: PaymentsLink,
          inject: [LinkConnection, ServiceTokens, Metrics],
          useFactory: (connection: LinkConnection, tokens: ServiceTokens, metrics: Metrics) =>
            new PaymentsLink(connection, tokens, config, metrics),
        },
        RemoteListeners,
        {
          provide: EventSecretsInUse,
          inject: [PlatformConfig],
          useFactory: (platform: PlatformConfig) => EventSecretsInUse.of(config, platform.DATA_FOLDER),
        },
        {
          provide: Payments,
          inject: [PaymentsLink, RemoteListeners],
          useFactory: (link: PaymentsLink, listeners: RemoteListeners) =>
            doorOf(new RemotePayments(link, listeners)),
        },
      ],
      exports: [Payments],
    };
  }

  onModuleInit(): void {
    this.problems.register({ ...PAYMENTS_PROBLEMS, ...LINK_PROBLEMS });
    const { httpAdapter } = this.http;
    if (!httpAdapter) return; // a command, not the program
    forwardTo(httpAdapter.getInstance<FastifyInstance>(), this.connection, {
      upstream: this.config.PAYMENTS_URL!,
      timeoutMs: this.config.PAYMENTS_LINK_TIMEOUT_MS,
    });
    this.clock.onSet(() => void this.passOnTime().catch(() => undefined)); // away: they have their own time then
  }

  /** A year passes for both or for neither. In production no clock is ever set. */
  private async passOnTime(): Promise<void> {
    const { body } = await this.connection.request({
      method: 'PUT',
      path: '/dev/clock',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ now: this.clock.now().toISOString() }),
    });
    await body.dump();
  }

  async onApplicationShutdown(): Promise<void> {
    this.link.stop();
    await this.connection.close();
  }
}

/** Asked for each time, because it may be exchanged in its file. */
function signingKeyOf(platform: PlatformConfig, config: PaymentsLinkConfig): () => string {
  const made = config.PAYMENTS_LINK_SIGNING_KEY ? undefined : developmentLinkKey(platform.DATA_FOLDER);
  return () => config.PAYMENTS_LINK_SIGNING_KEY ?? made!;
}
