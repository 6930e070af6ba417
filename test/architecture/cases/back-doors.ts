import { GLOBALS, NAMES, SYNTAX, type Case } from './case.js';

const nest = (names: string, line: string) => `import { ${names} } from '@nestjs/common';\n${line}`;

/** No import at all: code from text, reflection, tokens by name, other people's tables. */
export const backDoors: Case[] = [
  {
    way: 'eval',
    file: 'src/platform/eval.ts',
    code: `export const load: unknown = eval('import("../payments/payment/payment.entity.js")');`,
    refusedBy: 'no-eval',
  },
  {
    way: 'new Function',
    file: 'src/platform/new-function.ts',
    code: `export const load = new Function('return import("../payments/payment/payment.entity.js")');`,
    refusedBy: 'no-new-func',
  },
  {
    way: 'a timer with text',
    file: 'src/platform/timer.ts',
    code: `setTimeout('import("../payments/payment/payment.entity.js")', 1);`,
    refusedBy: 'no-implied-eval',
  },
  {
    way: 'the constructor of a function, which is eval again',
    file: 'src/billing/constructor.ts',
    code: `export const make = (() => 1).constructor;`,
    refusedBy: SYNTAX,
  },
  {
    way: 'the constructor by a string',
    file: 'src/billing/constructor-string.ts',
    code: `export const make: unknown = (() => 1)['constructor'];`,
    refusedBy: SYNTAX,
  },
  {
    way: 'process.env',
    file: 'src/billing/environment.ts',
    code: `export const key = process.env['STRIPE_SECRET_KEY'];`,
    refusedBy: GLOBALS,
  },
  {
    way: 'globalThis, to reach process',
    file: 'src/billing/global-this.ts',
    code: `export const key = globalThis.process.env['STRIPE_SECRET_KEY'];`,
    refusedBy: GLOBALS,
  },
  {
    way: 'Reflect, to list what a class hides',
    file: 'src/billing/reflect.ts',
    code: `export const keys = (target: object) => Reflect.ownKeys(target);`,
    refusedBy: GLOBALS,
  },
  {
    way: 'the prototype chain of the facade',
    file: 'src/billing/prototype.ts',
    code: `export const inside = (facade: object): unknown => Object.getPrototypeOf(facade);`,
    refusedBy: SYNTAX,
  },
  {
    way: '`__proto__`',
    file: 'src/billing/proto.ts',
    code: `export const inside = (facade: { __proto__?: object }) => facade.__proto__;`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a method of a builtin replaced, to listen',
    file: 'src/billing/patched.ts',
    code: `JSON.stringify = () => '';`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a prototype of a builtin extended',
    file: 'src/platform/extended.ts',
    code: `Object.defineProperty(Array.prototype, 'last', { value: 1 });`,
    refusedBy: 'no-extend-native',
  },
  {
    way: 'a token by its name',
    file: 'src/billing/string-token.ts',
    code: nest(
      'Inject',
      `export class Reader {\n  constructor(@Inject('PAYMENTS_GATEWAY') readonly gateway: object) {}\n}`,
    ),
    refusedBy: SYNTAX,
  },
  {
    way: 'a token by a joined name',
    file: 'src/billing/joined-token.ts',
    code: nest(
      'Inject',
      `export class Reader {\n  constructor(@Inject('payments' + 'DataSource') readonly source: object) {}\n}`,
    ),
    refusedBy: SYNTAX,
  },
  {
    way: 'a named data source',
    file: 'src/billing/named-source.ts',
    code: `import { InjectDataSource } from '@nestjs/typeorm';\nexport class Reader {\n  constructor(@InjectDataSource('payments') readonly source: object) {}\n}`,
    refusedBy: SYNTAX,
  },
  {
    way: 'entities for a named data source',
    file: 'src/billing/named-feature.ts',
    code: `import { TypeOrmModule } from '@nestjs/typeorm';\nexport const feature = TypeOrmModule.forFeature([], 'payments');`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a DataSource of its own',
    file: 'src/billing/own-source.ts',
    code: `import { DataSource } from 'typeorm';\nexport const own = new DataSource({ type: 'postgres' });`,
    refusedBy: NAMES,
  },
  {
    way: 'the list of every entity in the process',
    file: 'src/billing/metadata.ts',
    code: `import { getMetadataArgsStorage } from 'typeorm';\nexport const tables = getMetadataArgsStorage().tables;`,
    refusedBy: NAMES,
  },
  {
    way: 'a global module',
    file: 'src/billing/global-module.ts',
    code: nest('Global, Module', `@Global()\n@Module({})\nexport class Everywhere {}`),
    refusedBy: NAMES,
  },
  {
    way: 'a dynamic module that says global',
    file: 'src/billing/global-dynamic.ts',
    code: `export const everywhere = { module: class {}, global: true };`,
    refusedBy: SYNTAX,
  },
  {
    way: 'SQL that names a table of payments',
    file: 'src/billing/sql.ts',
    code: `export const statement = 'SELECT last_four FROM payments.payment_method';`,
    refusedBy: SYNTAX,
  },
  {
    way: 'SQL in a template, in quoted names',
    file: 'src/billing/sql-template.ts',
    code: 'export const statement = (id: string) => `UPDATE "payments"."payment" SET status = 1 WHERE id = ${id}`;',
    refusedBy: SYNTAX,
  },
  {
    way: 'SQL that moves the search path',
    file: 'src/billing/search-path.ts',
    code: `export const statement = 'SET search_path TO payments';`,
    refusedBy: SYNTAX,
  },
  {
    way: 'an entity laid over a table of payments',
    file: 'src/billing/shadow.ts',
    code: `import { Entity } from 'typeorm';\n@Entity({ name: 'payment', schema: 'payments' })\nexport class Shadow {}`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a relation to an entity by its name',
    file: 'src/billing/relation.ts',
    code: `import { ManyToOne } from 'typeorm';\nexport class Line {\n  @ManyToOne('PaymentEntity') payment: object;\n}`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a middleware on every route',
    file: 'src/billing/every-route.ts',
    code: `import type { MiddlewareConsumer } from '@nestjs/common';\nexport const listen = (consumer: MiddlewareConsumer) => consumer.apply().forRoutes('{*path}');`,
    refusedBy: SYNTAX,
  },
  {
    way: 'the constructor, taken apart',
    file: 'src/billing/constructor-pattern.ts',
    code: `const { constructor: make } = () => 1;\nexport const run = make;`,
    refusedBy: SYNTAX,
  },
  {
    way: 'the prototype of a class, to wrap its methods',
    file: 'src/billing/wrapped.ts',
    code: `import { Payments } from '../payments/payments.contract.js';\nexport const methods = Payments.prototype;`,
    refusedBy: SYNTAX,
  },
  {
    way: 'a string token inside payments, which others could name',
    file: 'src/payments/payment/string-token.ts',
    code: nest(
      'Inject',
      `export class Reader {\n  constructor(@Inject('CLOCK') readonly clock: object) {}\n}`,
    ),
    refusedBy: SYNTAX,
  },
  {
    way: "the environment in a service of payments, past the module's settings",
    file: 'src/payments/payment/environment.ts',
    code: `export const key = process.env['STRIPE_SECRET_KEY'];`,
    refusedBy: GLOBALS,
  },
  {
    way: 'the token of a named data source',
    file: 'src/billing/source-token.ts',
    code: `import { getDataSourceToken } from '@nestjs/typeorm';\nexport const token = getDataSourceToken('payments');`,
    refusedBy: SYNTAX,
  },
  {
    way: 'an entity named after a table of payments, schema and all',
    file: 'src/billing/shadow-name.ts',
    code: `import { Entity } from 'typeorm';\n@Entity('payments.payment')\nexport class Shadow {}`,
    refusedBy: SYNTAX,
  },
  {
    way: 'an entity schema laid over a table of payments',
    file: 'src/billing/shadow-schema.ts',
    code: `import { EntitySchema } from 'typeorm';\nexport const shadow = new EntitySchema({ name: 'payment', schema: 'payments', columns: {} });`,
    refusedBy: SYNTAX,
  },
  {
    way: 'an interceptor on every answer',
    file: 'src/billing/every-answer.ts',
    code: `import type { INestApplication, NestInterceptor } from '@nestjs/common';\nexport const listen = (app: INestApplication, ear: NestInterceptor) => app.useGlobalInterceptors(ear);`,
    refusedBy: SYNTAX,
  },
];
