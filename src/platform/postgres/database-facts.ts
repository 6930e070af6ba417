import { holdsCardNumber } from '../card-data/card-data.js';

/** One statement on one database. */
export type Query = <T>(sql: string, parameters?: unknown[]) => Promise<T>;

/** What a database says of itself, read from its own catalogue with the program's own login. */
export interface DatabaseFacts {
  server: { version: string; systemIdentifier: string; encrypted: boolean };
  database: string;
  schema: string;
  role: string;
  logins: { role: string; superuser: boolean; createRole: boolean; bypassRls: boolean; memberOf: string[] }[];
  grants: { grantee: string; object: string; privileges: string }[];
  tables: { table: string; rows: number; columns: string[]; suspectColumns: string[] }[];
  sweep: { rowsRead: number; found: { table: string; column: string; rows: number }[] };
  defaultLoginsAccepted: string[];
}

/** Rows of one statement of the sweep: a few MB at most. */
const SWEEP_PAGE = 2_000;
/** What a column for card data would be called. */
const SUSPECT =
  /(^|_)(pan|cvv|cvc|cvn|card_number|security_code|track_?[12]?|pin_block|account_number|iban)($|_)/;

/** What each role may do with each table, with single columns of it, and which functions it may call. */
const GRANTS = `
  WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = $1), granted AS (
    SELECT grantee, relname AS object, lower(privilege_type) AS privilege
      FROM home, pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner)))
     WHERE relnamespace = home.oid AND relkind IN ('r', 'v', 'p')
    UNION ALL
    SELECT grantee, relname, lower(privilege_type) || ' of ' || string_agg(attname, ', ' ORDER BY attnum)
      FROM home, pg_class, pg_attribute, aclexplode(attacl)
     WHERE relnamespace = home.oid AND attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
     GROUP BY grantee, relname, privilege_type
    UNION ALL
    SELECT grantee, proname || '()', CASE WHEN prosecdef THEN 'execute as its owner' ELSE 'execute' END
      FROM home, pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
     WHERE pronamespace = home.oid)
  SELECT coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC') AS grantee, object,
         string_agg(DISTINCT privilege, ', ' ORDER BY privilege) AS privileges
    FROM granted GROUP BY 1, 2 ORDER BY 1, 2`;

export async function databaseFacts(
  query: Query,
  schema: string,
  progress: (rows: number) => void,
): Promise<Omit<DatabaseFacts, 'defaultLoginsAccepted'>> {
  const [about] = await query<
    [{ version: string; systemIdentifier: string; database: string; role: string; encrypted: boolean }]
  >(
    `SELECT current_setting('server_version') AS version, (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
            current_database() AS database, current_user AS role,
            coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted`,
  );
  const { version, systemIdentifier, encrypted, database, role } = about;
  const tables = await tablesOf(query, schema);
  return {
    server: { version, systemIdentifier, encrypted },
    database,
    schema,
    role,
    logins: await query(
      `SELECT rolname AS role, rolsuper AS superuser, rolcreaterole AS "createRole", rolbypassrls AS "bypassRls",
              ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = pg_roles.oid ORDER BY 1) AS "memberOf"
         FROM pg_roles WHERE rolcanlogin ORDER BY rolname`,
    ),
    grants: await query(GRANTS, [schema]),
    tables,
    sweep: await sweep(query, schema, tables, progress),
  };
}

async function tablesOf(query: Query, schema: string): Promise<DatabaseFacts['tables']> {
  const tables = await query<{ table: string; columns: string[] }[]>(
    `SELECT relname AS table, array_agg(attname::text ORDER BY attnum) AS columns
       FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind IN ('r', 'p')
      GROUP BY relname ORDER BY relname`,
    [schema],
  );
  const counted: DatabaseFacts['tables'] = [];
  for (const { table, columns } of tables) {
    const [{ rows }] = await query<[{ rows: string }]>(
      `SELECT count(*) AS rows FROM ${quoted(schema)}.${quoted(table)}`,
    );
    counted.push({
      table,
      rows: Number(rows),
      columns,
      suspectColumns: columns.filter((name) => SUSPECT.test(name)),
    });
  }
  return counted;
}

/** Every text of every row, looked through as requests are. Says where, and never what. Sealed bytes are only read as bytes. */
async function sweep(
  query: Query,
  schema: string,
  tables: DatabaseFacts['tables'],
  progress: (rows: number) => void,
): Promise<DatabaseFacts['sweep']> {
  const found = new Map<string, { table: string; column: string; rows: number }>();
  let rowsRead = 0;
  for (const { table } of tables) {
    const name = `${quoted(schema)}.${quoted(table)}`;
    for (let after = '(0,0)'; ;) {
      const rows = await query<{ place: string; row: Record<string, unknown> }[]>(
        `SELECT ctid::text AS place, to_jsonb(t) AS row FROM ${name} t WHERE ctid > $1::tid ORDER BY ctid LIMIT ${SWEEP_PAGE}`,
        [after],
      );
      for (const { row } of rows)
        for (const [column, value] of Object.entries(row)) {
          if (!holdsOne(value)) continue;
          const key = `${table}.${column}`;
          found.set(key, { table, column, rows: (found.get(key)?.rows ?? 0) + 1 });
        }
      progress((rowsRead += rows.length));
      if (rows.length < SWEEP_PAGE) break;
      after = rows.at(-1)!.place;
    }
  }
  return { rowsRead, found: [...found.values()] };
}

function holdsOne(value: unknown): boolean {
  if (typeof value === 'string') return !value.startsWith('\\x') && holdsCardNumber(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsOne);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
