import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, ObjectType, Repository } from 'typeorm';
import { PAYMENTS_DATA_SOURCE } from './data-source.token.js';

/** A transaction on the payments database. A function that must join one takes it as its first argument. */
export type Transaction = EntityManager;
/** For statements that may be part of a transaction, or one by themselves. */
export type Statements = Pick<Transaction, 'query'>;

/** PostgreSQL gave up one of two transactions that stood in each other's way; nothing of it happened. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const TRIES_MAX = 3;

const openTransaction = new AsyncLocalStorage<true>();

/** The payments database, whichever PostgreSQL configuration made its home. */
@Injectable()
export class PaymentsDatabase {
  constructor(@Inject(PAYMENTS_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /** Runs the work in one transaction; again from its start when PostgreSQL had to give it up. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return untilKept(() => openTransaction.run(true, () => this.dataSource.transaction(work)));
  }

  /** One statement, which is a transaction of its own: all that it writes is there, or nothing. */
  query<T = unknown>(sql: string, parameters?: unknown[]): Promise<T> {
    return untilKept(() => this.dataSource.query<T>(sql, parameters));
  }

  /** An entity's columns for the SELECT of a statement that is written out, named so that `entityOf` knows them again. */
  columnsOf(entity: EntityTarget<ObjectLiteral>, alias: string): string {
    const { columns } = this.dataSource.getMetadata(entity);
    return columns
      .map(({ databaseName }) => `${alias}.${databaseName} AS "${alias}.${databaseName}"`)
      .join(', ');
  }

  /** The entity among a row's columns. */
  entityOf<T extends ObjectLiteral>(entity: ObjectType<T>, alias: string, row: Record<string, unknown>): T {
    const { columns, target } = this.dataSource.getMetadata(entity);
    const found = new (target as new () => T)();
    for (const column of columns) {
      const value: unknown = this.dataSource.driver.prepareHydratedValue(
        row[`${alias}.${column.databaseName}`],
        column,
      );
      column.setEntityValue(found, value);
    }
    return found;
  }

  /** With the login's password: for looking at the server, never for showing. */
  get url(): string {
    return (this.dataSource.options as { url?: string }).url ?? '';
  }

  /** Connections of this process's pool by state. */
  pool(): { total: number; idle: number; waiting: number } {
    const { master } = this.dataSource.driver as unknown as {
      master: { totalCount: number; idleCount: number; waitingCount: number };
    };
    return { total: master.totalCount, idle: master.idleCount, waiting: master.waitingCount };
  }

  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    return this.dataSource.getRepository(entity);
  }
}

async function untilKept<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries === TRIES_MAX || !TRY_AGAIN.has(postgresCodeOf(error) ?? '')) throw error;
    }
  }
}

/**
 * A gateway may take seconds to answer: a transaction open meanwhile would hold a connection and its locks, and could
 * roll back the record of a call that was made. Every gateway call passes through here.
 */
export function assertNoTransaction(call: string): void {
  if (openTransaction.getStore())
    throw new Error(`The gateway call ${call} was made with a database transaction open`);
}

export function postgresCodeOf(error: unknown): string | undefined {
  const driverError = (error as { driverError?: { code?: string } } | null)?.driverError;
  return driverError?.code;
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** The unique index or foreign key that a statement violated, if that is what happened. */
export function violatedConstraint(error: unknown): string | undefined {
  const driverError = (error as { driverError?: { code?: string; constraint?: string } } | null)?.driverError;
  return driverError?.code === UNIQUE_VIOLATION || driverError?.code === FOREIGN_KEY_VIOLATION
    ? driverError.constraint
    : undefined;
}

const CHECK_VIOLATION = '23514';

/** The check constraint that a statement violated, if that is what happened. */
export function violatedCheck(error: unknown): string | undefined {
  const driverError = (error as { driverError?: { code?: string; constraint?: string } } | null)?.driverError;
  return driverError?.code === CHECK_VIOLATION ? driverError.constraint : undefined;
}
