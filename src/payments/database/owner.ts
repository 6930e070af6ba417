import type { Client } from 'pg';
import { DatabaseRefused } from '../../platform/postgres/open-data-source.js';
import { connected, placeOf } from './residence.js';
import { PAYMENTS_ROLES } from './roles.js';

export type OwnersConnection = Client;

/** With the rights of the schema's owner, where the login may take them. */
export function asOwner<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  return connected(url, placeOf(url), async (client) => {
    await client.query(`SET search_path = pg_catalog`);
    const { rows } = await client.query<{ may: boolean }>(
      `SELECT coalesce(pg_has_role(current_user, (SELECT oid FROM pg_roles WHERE rolname = $1), 'MEMBER'), false) AS may`,
      [PAYMENTS_ROLES.owner],
    );
    if (rows[0]!.may) await client.query(`SET ROLE ${PAYMENTS_ROLES.owner}`);
    return work(client);
  });
}

/** Removes what a move left behind, which still holds tokens. Returns the names of what was removed. */
export async function purgeMoved(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^payments_moved_[0-9]+$' ORDER BY nspname`,
  );
  for (const { name } of rows) await client.query(`DROP SCHEMA ${name} CASCADE`);
  return rows.map(({ name }) => name);
}

/** Says that this copy takes the place of a home that is lost. */
export async function adoptHome(client: Client, place: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE payments.residence SET system_identifier = (SELECT system_identifier::text FROM pg_control_system()),
            database_oid = (SELECT oid FROM pg_database WHERE datname = current_database()), since = clock_timestamp()
      WHERE state = 'home'`,
  );
  if (rowCount !== 1) throw new DatabaseRefused(`${place} holds no home of payment data to adopt.`);
}
