import { DatabaseRefused } from '../../platform/postgres/open-data-source.js';
import { APPLICATION_LOGIN } from '../../platform/postgres/roles.js';
import { type Neighbour, type Standing, standingOf } from '../../platform/postgres/standing.js';
import {
  inWords,
  isAtLeast,
  type Isolation,
  levelAlone,
  levelBetween,
  type Surroundings,
} from './isolation-level.js';
import { connected } from './residence.js';
import { PAYMENTS_ROLES } from './roles.js';

/** How the application stands to a neighbour: its own database is asked, by whoever has a connection to it. */
export type AskApplication = (neighbour: Neighbour) => Promise<Standing>;

/** By what payments see, in a database of theirs, that the application is there, too. */
const APPLICATION = { schema: 'app', login: APPLICATION_LOGIN };

/** Looked at with the program's own login, at the database where payment data are or will be. */
export async function measureIsolation(
  url: string,
  variable: string,
  application: AskApplication | undefined,
): Promise<Isolation> {
  return connected(url, variable, async (client) => {
    const query = async (sql: string, parameters?: unknown[]): Promise<unknown> =>
      (await client.query<object>(sql, parameters)).rows;
    if (!application) {
      const { rows } = await client.query<Surroundings>(
        `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS "hasApplicationSchema",
                EXISTS (SELECT FROM pg_roles WHERE rolname = $2) AS "hasApplicationRole"`,
        [APPLICATION.schema, APPLICATION.login],
      );
      return { ...levelAlone(rows[0]!), isProcessApart: true };
    }
    const { rows } = await client.query<{ oid: string }>(
      'SELECT oid::text FROM pg_database WHERE datname = current_database()',
    );
    const theirs = await application({ schema: PAYMENTS_ROLES.schema, databaseOid: rows[0]!.oid });
    const ours = await standingOf(query, { schema: APPLICATION.schema, databaseOid: theirs.databaseOid });
    return { ...levelBetween(theirs, ours), isProcessApart: false };
  });
}

/** @throws DatabaseRefused when it is less than configuration demands, with why and what to do */
export function assertIsolated(isolation: Isolation, minimum: string): void {
  if (isAtLeast(isolation, minimum)) return;
  const what =
    minimum.endsWith('+process') && !isolation.isProcessApart ? ' Payments run in this process.' : '';
  throw new DatabaseRefused(
    `PAYMENTS_ISOLATION_MINIMUM: payment data must be isolated by ${minimum}, and are by ${inWords(isolation)}.${what} ` +
      `Set PAYMENTS_DATABASE_URL to a database that is further away, or lower the minimum: docs/concepts/shapes.md`,
  );
}
