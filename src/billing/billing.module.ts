import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProblemCodes } from '../platform/problem/problem-codes.js';
import { AutopayController } from './autopay.controller.js';
import { Autopay } from './autopay.service.js';
import { AutopayUses1764600000003 } from './autopay-uses.migration.js';
import { AutopayUses } from './autopay-uses.service.js';
import { BillingConfig } from './billing.config.js';
import { Billing1763800000002 } from './billing.migration.js';
import { Collections } from './collections.service.js';
import { DevelopmentInvoices } from './development-invoices.js';
import { ErasedPayers } from './erased-payers.js';
import { InstalmentNotices } from './instalment-notices.js';
import { InstalmentsBegun1764600000002 } from './instalments-begun.migration.js';
import { Invoice } from './invoice.entity.js';
import { InvoicesController } from './invoices.controller.js';
import { Invoices } from './invoices.service.js';
import { MethodChanges } from './method-changes.js';
import { PaymentEvents } from './payment-events.js';
import { PaymentOutcomes } from './payment-outcomes.js';
import { Instalment, Plan } from './plan.entity.js';
import { PlanUses } from './plan-uses.service.js';
import { InstalmentPaymentsController, PlanScheduleController, PlansController } from './plans.controller.js';
import { InstalmentPayments1764500000001 } from './instalment-payments.migration.js';
import { MoneyBack1764600000004 } from './money-back.migration.js';
import { Plans1764100000001 } from './plans.migration.js';
import { Plans } from './plans.service.js';
import { ReceivedEvents } from './received-events.js';
import { ReturnedMoney } from './returned-money.js';
import { SchoolCalendar } from './school-calendar.js';
import { WithdrawnPlans1764600000001 } from './withdrawn-plans.migration.js';

/** Invoices for tuition and fees, instalments, autopay. Knows payments only through the contract. */
@Module({})
export class BillingModule implements OnModuleInit {
  static readonly migrations = [
    ...[Billing1763800000002, Plans1764100000001, InstalmentPayments1764500000001],
    ...[WithdrawnPlans1764600000001, InstalmentsBegun1764600000002, AutopayUses1764600000003],
    MoneyBack1764600000004,
  ];

  constructor(private readonly problems: ProblemCodes) {}

  /** `payments` and `notifications` are the modules that provide the contracts' `Payments` and `Notifications`. */
  static configure(
    config: BillingConfig,
    { payments, notifications }: { payments: DynamicModule; notifications: DynamicModule },
  ): DynamicModule {
    return {
      module: BillingModule,
      imports: [TypeOrmModule.forFeature([Invoice, Plan, Instalment]), payments, notifications],
      controllers: [
        InvoicesController,
        PlansController,
        PlanScheduleController,
        InstalmentPaymentsController,
        AutopayController,
      ],
      providers: [
        { provide: BillingConfig, useValue: config },
        { provide: SchoolCalendar, useValue: new SchoolCalendar(config.SCHOOL_TIME_ZONE) },
        ...[Invoices, Plans, Autopay, Collections, PlanUses, PaymentOutcomes, ReturnedMoney, MethodChanges],
        ...[AutopayUses, InstalmentNotices, PaymentEvents, DevelopmentInvoices, ErasedPayers, ReceivedEvents],
      ],
    };
  }

  onModuleInit(): void {
    this.problems.register({
      obligation_already_paid: 409,
      obligation_has_open_payment: 409,
      invoice_void: 409,
      invoice_on_plan: 409,
      plan_not_active: 409,
      plan_has_payments: 409,
      plan_is_autopay: 409,
    });
  }
}
