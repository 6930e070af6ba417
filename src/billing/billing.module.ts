import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProblemCodes } from '../platform/problem/problem-codes.js';
import { Billing1763800000002 } from './billing.migration.js';
import { DevelopmentInvoices } from './development-invoices.js';
import { Invoice } from './invoice.entity.js';
import { InvoicesController } from './invoices.controller.js';
import { Invoices } from './invoices.service.js';
import { PaymentEvents } from './payment-events.js';

/** Invoices for tuition and fees. Knows payments only through the contract. */
@Module({})
export class BillingModule implements OnModuleInit {
  static readonly migrations = [Billing1763800000002];

  constructor(private readonly problems: ProblemCodes) {}

  /** `payments` is the module that provides the contract's `Payments`. */
  static configure(payments: DynamicModule): DynamicModule {
    return {
      module: BillingModule,
      imports: [TypeOrmModule.forFeature([Invoice]), payments],
      controllers: [InvoicesController],
      providers: [Invoices, PaymentEvents, DevelopmentInvoices],
    };
  }

  onModuleInit(): void {
    this.problems.register({ obligation_already_paid: 409, invoice_void: 409 });
  }
}
