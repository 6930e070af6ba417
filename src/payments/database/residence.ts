import { randomUUID } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';
import { assertVersion, DatabaseRefused, unreached } from '../../platform/postgres/open-data-source.js';

/** What a database says of itself as the home of payment data. */
export interface Residence {
  id: string;
  epoch: number;
  state: 'home' | 'closing' | 'moved' | 'arriving';
  movedTo: string | null;
  /** Where the data were before, for the way back. */
  movedFrom: string | null;
  installation: string | null;
  gatewayMode: 'test' | 'live';
  /** Whose the payments are at each gateway, as it called itself when it was first asked. */
  gatewayAccounts: Record<string, string>;
  systemIdentifier: string;
  databaseOid: string;
}

/** What the application's database remembers of the home, so that no other one is taken for it. */
export interface HomeMemory {
  /** Whose data it is. */
  readonly installation: string;
  read(): Promise<RememberedHome | null>;
  remember(home: RememberedHome): Promise<void>;
}

export interface RememberedHome {
  residenceId: string;
  epoch: number;
  /** Host, port and database: for people. */
  address: string;
}

/** What this process expects of a home. */
export interface Expected {
  memory: RememberedHome | null;
  installation: string | null;
  gatewayMode: 'test' | 'live';
}

/** A server that cannot be reached within this is not there. */
const CONNECT_MS = 10_000;

/** Host, port and database: enough to know it again, and no secret. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}

/** Null where there is none, also where the tables are not there. @throws DatabaseRefused where they may not be read */
export async function readResidence(
  client: Pick<Client, 'query'>,
  variable = 'PAYMENTS_DATABASE_URL',
): Promise<Residence | null> {
  const { rows: there } = await client.query<{ readable: boolean }>(
    `SELECT has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT') AS readable
       FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = 'payments' AND relname = 'residence'`,
  );
  if (!there[0]) return null;
  if (!there[0].readable)
    throw new DatabaseRefused(
      `${variable}: the login of payments may not use the schema payments. Set up its roles (npm run cli -- db setup), then grant: npm run cli -- migrate`,
    );
  // The home is looked at before its migrations have run: an older one lacks the columns that came later.
  const { rows } = await client.query<Residence>(
    `SELECT id, epoch, state, moved_to AS "movedTo", to_jsonb(residence) ->> 'moved_from' AS "movedFrom", installation,
            gateway_mode AS "gatewayMode", coalesce(to_jsonb(residence) -> 'gateway_accounts', '{}') AS "gatewayAccounts",
            system_identifier AS "systemIdentifier", database_oid::text AS "databaseOid"
       FROM payments.residence`,
  );
  return rows[0] ?? null;
}

/** Makes an empty database the home. Whoever is second finds it done. */
export async function becomeHome(
  client: Pick<Client, 'query'>,
  of: { installation: string | null; gatewayMode: 'test' | 'live' },
): Promise<void> {
  await client.query(
    `INSERT INTO payments.residence (id, epoch, state, installation, gateway_mode, system_identifier, database_oid)
     SELECT $1, 1, 'home', $2, $3, (SELECT system_identifier::text FROM pg_control_system()),
            (SELECT oid FROM pg_database WHERE datname = current_database())
     ON CONFLICT DO NOTHING`,
    [randomUUID(), of.installation, of.gatewayMode],
  );
}

/** @throws DatabaseRefused when this is not the home that the process is looking for, with what to do */
export async function assertHome(
  client: Pick<Client, 'query'>,
  residence: Residence,
  { memory, installation, gatewayMode }: Expected,
  variable: string,
): Promise<void> {
  const refuse = (why: string, what: string) => new DatabaseRefused(`${variable}: ${why} ${what}`);
  if (memory && memory.residenceId !== residence.id)
    throw refuse(
      'this database holds the payment data of another installation.',
      `This one's are at ${memory.address} (epoch ${memory.epoch}).`,
    );
  if (installation && residence.installation && installation !== residence.installation)
    throw refuse(
      'the payment data here belong to another installation.',
      'Use the application database that belongs to them, or another payments database.',
    );
  if (residence.state === 'moved')
    throw refuse(
      `payment data have moved from here to ${residence.movedTo} (epoch ${residence.epoch + 1}).`,
      'Set PAYMENTS_DATABASE_URL to that database.',
    );
  if (residence.state === 'arriving')
    throw refuse(
      'payment data are still on their way here.',
      'Run the same db relocate again: it goes on where it stopped.',
    );
  if (memory && residence.epoch < memory.epoch)
    throw refuse(
      `this home is of epoch ${residence.epoch}, and the data have moved on to epoch ${memory.epoch} at ${memory.address}.`,
      'Set PAYMENTS_DATABASE_URL to that database.',
    );
  if (residence.gatewayMode !== gatewayMode)
    throw refuse(
      `these are payments made with ${residence.gatewayMode} keys, and the gateway's key here is a ${gatewayMode} key.`,
      'Use the keys that belong to the data, or an empty database for these keys.',
    );
  await assertPlace(client, residence, refuse);
}

async function assertPlace(
  client: Pick<Client, 'query'>,
  residence: Residence,
  refuse: (why: string, what: string) => DatabaseRefused,
): Promise<void> {
  const { rows } = await client.query<{ isThere: boolean; isReadOnly: boolean }>(
    `SELECT system_identifier::text = $1 AND oid = $2::oid AS "isThere",
            current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery() AS "isReadOnly"
       FROM pg_control_system(), pg_database WHERE datname = current_database()`,
    [residence.systemIdentifier, residence.databaseOid],
  );
  if (!rows[0]?.isThere)
    throw refuse(
      'this is a copy of the home, not the home itself.',
      'If it is to replace a home that is lost: npm run cli -- db adopt. Otherwise leave it alone: two homes would charge twice.',
    );
  if (rows[0].isReadOnly)
    throw refuse('the database is read-only.', 'Connect to the primary, with a role that may write.');
}

/** @throws DatabaseRefused when it cannot be reached */
export async function connected<T>(
  url: string,
  variable: string,
  work: (client: Client) => Promise<T>,
  limits: Pick<ClientConfig, 'query_timeout'> = {},
): Promise<T> {
  const connecting = { connectionString: url, connectionTimeoutMillis: CONNECT_MS, keepAlive: true };
  const client = new Client({ ...connecting, ...limits });
  client.on('error', () => undefined); // the query under way rejects anyway
  await client.connect().catch((error: Error) => {
    throw unreached(variable, 'payments', error);
  });
  try {
    await assertVersion(async (sql) => (await client.query<object>(sql)).rows, variable, 'payments');
    return await work(client);
  } finally {
    await client.end();
  }
}
