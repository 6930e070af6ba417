import type { DataSource } from 'typeorm';
import { DatabaseRefused } from '../../platform/postgres/open-data-source.js';
import { GRANTS } from './grants.js';
import { PAYMENTS_MIGRATIONS } from './migrations.js';
import { PAYMENTS_ROLES } from './roles.js';

/**
 * Which rows live where: a table that the table of grants names is payments', and every other is a neighbour's. Nothing of one
 * side is read, written, referred to or migrated by the DataSource of the other, in no shape, also where both happen to
 * be one database.
 */
const isOurs = (table: string) => Object.hasOwn(GRANTS, table);

/** As they were when the program was loaded. */
const OURS: ReadonlySet<unknown> = new Set(PAYMENTS_MIGRATIONS);

/** @throws DatabaseRefused when payments' DataSource has an entity or a migration of somebody else */
export function assertOnlyPayments({ entityMetadatas, migrations }: DataSource): void {
  const wrong = [
    ...entityMetadatas
      .filter(({ tableName, schema }) => !isOurs(tableName) || schema !== PAYMENTS_ROLES.schema)
      .map(({ name, tablePath }) => `the entity ${name} (${tablePath})`),
    ...migrations
      .filter((it) => !OURS.has(it.constructor))
      .map((it) => `the migration ${it.constructor.name}`),
  ];
  refuse(
    wrong,
    "payments' DataSource has what is not theirs",
    'a neighbour keeps its rows in the application’s',
  );
}

/** @throws DatabaseRefused when a neighbour's DataSource has an entity or a migration of payments */
export function assertNothingOfPayments({ entityMetadatas, migrations }: DataSource): void {
  const wrong = [
    ...entityMetadatas
      .filter(({ tableName, schema }) => isOurs(tableName) || schema === PAYMENTS_ROLES.schema)
      .map(({ name, tablePath }) => `the entity ${name} (${tablePath})`),
    ...migrations
      .filter((it) => OURS.has(it.constructor))
      .map((it) => `the migration ${it.constructor.name}`),
  ];
  refuse(wrong, "the application's DataSource has what is payments'", 'ask payments by their contract');
}

function refuse(wrong: string[], what: string, instead: string): void {
  if (wrong.length > 0)
    throw new DatabaseRefused(`${what}: ${wrong.join(', ')}. Take it out there; ${instead}.`);
}
