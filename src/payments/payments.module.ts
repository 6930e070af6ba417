import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { PlatformConfig } from '../platform/platform.config.js';
import { ProblemCodes } from '../platform/problem/problem-codes.js';
import { AuditAnchors } from './audit/audit-anchors.js';
import { AuditEntriesController } from './audit/audit-entries.controller.js';
import { AuditEntries } from './audit/audit-entries.service.js';
import { AuditKeys } from './audit/audit-keys.js';
import { AuditSealer } from './audit/audit-sealer.js';
import { AuditVerifier } from './audit/audit-verifier.js';
import { auditKeysOf } from './audit/signing-keys.js';
import { Claims } from './database/claims.js';
import { PAYMENTS_DATA_SOURCE } from './database/data-source.token.js';
import { Digests } from './database/digest.js';
import { DueWork } from './database/due-work.js';
import { PaymentsDatabase } from './database/payments-database.js';
import type { AskApplication } from './database/isolation.js';
import type { HomeMemory, RememberedHome } from './database/residence.js';
import { assertNothingOfPayments } from './database/router.js';
import { Seals } from './database/sealing.js';
import { sealsOf } from './database/sealing-keys.js';
import { DisputeSettlement } from './dispute/dispute-settlement.js';
import { DisputesController } from './dispute/disputes.controller.js';
import { Disputes } from './dispute/disputes.service.js';
import { PayerErasures } from './erasure/payer-erasures.service.js';
import { PaymentsRetention } from './erasure/payments-retention.js';
import { AccessLog } from './event/access-log.js';
import { Events } from './event/events.service.js';
import { OutboxRelay } from './event/outbox.relay.js';
import { EventDeliveries } from './event-endpoint/event-deliveries.service.js';
import { EventEndpointsController } from './event-endpoint/event-endpoints.controller.js';
import { EventEndpoints } from './event-endpoint/event-endpoints.service.js';
import { EventLog } from './event-endpoint/event-log.service.js';
import { ADAPTERS, adaptersOf, Gateways } from './gateway/gateways.js';
import { Heard } from './gateway/heard.js';
import { Attention, OPERATORS_COMMAND } from './operations/attention.service.js';
import { Backlogs } from './operations/backlog.service.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsSummary } from './operations/summary.service.js';
import { PaymentMethodsController } from './payment-method/payment-methods.controller.js';
import { MethodMigration } from './payment-method/method-migration.service.js';
import { MethodMove } from './payment-method/method-move.service.js';
import { AskAgain } from './payment-method/ask-again.service.js';
import { CardTesting } from './payment-method/card-testing.service.js';
import { MethodSaving } from './payment-method/method-saving.service.js';
import { PaymentMethodChanges } from './payment-method/payment-method-changes.js';
import { PaymentMethodHistory } from './payment-method/payment-method-history.service.js';
import { PaymentMethodNews } from './payment-method/payment-method-news.js';
import { PaymentMethodTasks } from './payment-method/payment-method-tasks.service.js';
import { PaymentMethodViews } from './payment-method/payment-method-views.js';
import { RetiredTokens } from './payment-method/retired-tokens.service.js';
import { SetupCompletion } from './payment-method/setup-completion.service.js';
import { SetupDeadlines } from './payment-method/setup-deadlines.service.js';
import { PaymentMethodUses } from './payment-method/payment-method-uses.service.js';
import { PaymentMethods } from './payment-method/payment-methods.service.js';
import { SetupIntentsController } from './payment-method/setup-intents.controller.js';
import { SetupIntents } from './payment-method/setup-intents.service.js';
import { Tokens } from './payment-method/tokens.js';
import { MethodConsequences } from './payment/method-consequences.js';
import { PaymentNews } from './payment/payment-news.js';
import { PaymentOperations } from './payment/payment-operations.service.js';
import {
  PaymentOperationsController,
  PaymentsController,
  TimelineController,
} from './payment/payments.controller.js';
import { PaymentsService } from './payment/payments.service.js';
import { Timeline } from './payment/timeline.service.js';
import { Recovery } from './payment/recovery.js';
import { PaymentWriter } from './payment/payment-writer.js';
import { Settlement } from './payment/settlement.js';
import { besideApplication } from './payments.alone.js';
import { GatewayAccounts } from './payments.accounts.js';
import { PaymentsConfig } from './payments.config.js';
import { PaymentsAloneConfig } from './payments.link.config.js';
import { Payments } from './payments.contract.js';
import type { HomePurpose } from './payments.data-source.js';
import { doorOf } from './payments.door.js';
import { PaymentsFacade } from './payments.facade.js';
import { PaymentsMetrics } from './payments.metrics.js';
import { PaymentsOperations } from './payments.operations.js';
import { type AroundHome, homeProviders } from './payments.home.js';
import { PAYMENTS_PROBLEMS } from './payments.problems.js';
import { Seclusion } from './payments.seclusion.js';
import { Reconciliation } from './reconciliation/reconciliation.service.js';
import { RefundIntentions } from './refund/refund-intentions.js';
import { RefundRequestsController } from './refund/refund-requests.controller.js';
import { RefundRequests } from './refund/refund-requests.service.js';
import { LinkController } from './remote/link.controller.js';
import { LINK_PROBLEMS } from './remote/link-routes.js';
import { RefundSettlement } from './refund/refund-settlement.js';
import { RefundsController } from './refund/refunds.controller.js';
import { Refunds } from './refund/refunds.service.js';
import { Backfill } from './webhook/backfill.js';
import { HeardEvents } from './webhook/heard-events.js';
import { InboxOperations } from './webhook/inbox-operations.service.js';
import { InboxWriter } from './webhook/inbox-writer.js';
import { Inbox } from './webhook/inbox.service.js';
import { WebhooksController } from './webhook/webhooks.controller.js';

export type { AskApplication, HomeMemory, HomePurpose, RememberedHome };

/** Where payments run: around their home, and whether in a program of their own. */
export interface HomeOptions extends AroundHome {
  /** Where they run alone: an application calls them over the network. */
  alone?: PaymentsAloneConfig;
}

/** Payments, whole. Exports one token: the contract's `Payments`. */
@Module({})
export class PaymentsModule
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  readonly #seclusion: Seclusion;
  readonly #dataSource: DataSource;

  constructor(
    private readonly problems: ProblemCodes,
    seclusion: Seclusion,
    @Inject(PAYMENTS_DATA_SOURCE) dataSource: DataSource,
  ) {
    this.#seclusion = seclusion;
    this.#dataSource = dataSource;
  }

  /** For neighbours' DataSources. @throws DatabaseRefused when payments' entities or migrations are in one */
  static readonly assertNoneOfOurs = assertNothingOfPayments;

  static configure(config: PaymentsConfig, home: HomeOptions = {}): DynamicModule {
    const providers = insideOf(config, home);
    return {
      module: PaymentsModule,
      controllers: [
        SetupIntentsController,
        PaymentMethodsController,
        PaymentsController,
        PaymentOperationsController,
        TimelineController,
        RefundsController,
        RefundRequestsController,
        DisputesController,
        WebhooksController,
        EventEndpointsController,
        AuditEntriesController,
        OperationsController,
        ...(home.alone ? [LinkController] : []),
      ],
      providers,
      exports: [Payments],
    };
  }

  onModuleInit(): void {
    this.problems.register({ ...PAYMENTS_PROBLEMS, ...LINK_PROBLEMS });
  }

  onApplicationBootstrap(): void {
    this.#seclusion.hide(this);
  }

  onModuleDestroy(): Promise<void> {
    return this.#seclusion.callHidden('onModuleDestroy');
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#seclusion.callHidden('beforeApplicationShutdown');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#seclusion.callHidden('onApplicationShutdown');
    await this.#dataSource.destroy();
  }
}

/** All that payments consist of. */
function insideOf(config: PaymentsConfig, { alone, ...home }: HomeOptions): Provider[] {
  const providers: Provider[] = [
    { provide: PaymentsConfig, useFactory: () => config },
    ...homeProviders(home),
    { provide: Seals, inject: [PlatformConfig, PaymentsConfig], useFactory: sealsOf },
    {
      provide: Digests,
      inject: [PAYMENTS_DATA_SOURCE, Seals],
      useFactory: (dataSource: DataSource, seals: Seals) => Digests.open(dataSource, seals),
    },
    { provide: AuditKeys, inject: [PlatformConfig, PaymentsConfig], useFactory: auditKeysOf },
    GatewayAccounts,
    PaymentsFacade,
    { provide: Payments, inject: [PaymentsFacade], useFactory: doorOf },
    PaymentsDatabase,
    Claims,
    DueWork,
    Events,
    AccessLog,
    OutboxRelay,
    EventEndpoints,
    EventDeliveries,
    EventLog,
    { provide: Heard, useClass: HeardEvents },
    { provide: ADAPTERS, inject: [PaymentsConfig, Heard], useFactory: adaptersOf },
    Gateways,
    Tokens,
    PaymentMethods,
    PaymentMethodUses,
    PaymentMethodViews,
    PaymentMethodChanges,
    PaymentMethodHistory,
    PaymentMethodNews,
    PaymentMethodTasks,
    RetiredTokens,
    MethodSaving,
    CardTesting,
    AskAgain,
    MethodMove,
    MethodMigration,
    SetupCompletion,
    SetupDeadlines,
    SetupIntents,
    MethodConsequences,
    PaymentWriter,
    Settlement,
    PaymentsService,
    PaymentOperations,
    PaymentNews,
    Recovery,
    RefundSettlement,
    RefundIntentions,
    RefundRequests,
    Refunds,
    DisputeSettlement,
    Disputes,
    InboxWriter,
    Inbox,
    Backfill,
    PaymentsMetrics,
    AuditAnchors,
    AuditSealer,
    AuditVerifier,
    AuditEntries,
    Timeline,
    InboxOperations,
    Reconciliation,
    PayerErasures,
    PaymentsRetention,
    Backlogs,
    Attention,
    { provide: OPERATORS_COMMAND, useValue: `npm run ${alone ? 'cli:payments' : 'cli'} --` },
    OperationsSummary,
    PaymentsOperations,
  ];
  if (alone) providers.push(...besideApplication(alone));
  providers.push(Seclusion.over(providers));
  return providers;
}
