/** One statement on one database. */
type Query = (sql: string, parameters?: unknown[]) => Promise<unknown>;

/** Another part of the same program, which has a database or a schema of its own. */
export interface Neighbour {
  schema: string;
  databaseOid: string;
}

/** Where a connection stands, and what it could do to its neighbour. Read from the catalogue, never from configuration. */
export interface Standing {
  systemIdentifier: string;
  databaseOid: string;
  database: string;
  role: string;
  isSuperuser: boolean;
  mayMakeRoles: boolean;
  passesRowSecurity: boolean;
  /** Roles that it has, or could take on. */
  memberOf: string[];
  /** Any right on the neighbour's schema or on anything in it; false where that is in another database. */
  reachesSchema: boolean;
  /** CONNECT on the neighbour's database, where that is of the same server. */
  mayConnect: boolean;
}

export async function standingOf(query: Query, neighbour: Neighbour): Promise<Standing> {
  const [standing] = (await query(
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
            (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS "databaseOid",
            current_database() AS database, rolname::text AS role, rolsuper AS "isSuperuser",
            rolcreaterole AS "mayMakeRoles", rolbypassrls AS "passesRowSecurity",
            ARRAY(SELECT other.rolname::text FROM pg_roles other
                   WHERE other.oid <> login.oid AND pg_has_role(login.oid, other.oid, 'MEMBER') ORDER BY 1) AS "memberOf",
            EXISTS (SELECT FROM pg_namespace
                     WHERE nspname = $1 AND (has_schema_privilege(login.oid, pg_namespace.oid, 'USAGE, CREATE')
                        OR EXISTS (SELECT FROM pg_class
                                    WHERE relnamespace = pg_namespace.oid AND relkind IN ('r', 'p', 'v', 'm', 'f')
                                      AND (has_table_privilege(login.oid, pg_class.oid, 'DELETE, TRUNCATE, TRIGGER')
                                        OR has_any_column_privilege(login.oid, pg_class.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))))) AS "reachesSchema",
            coalesce((SELECT has_database_privilege(login.oid, pg_database.oid, 'CONNECT')
                        FROM pg_database WHERE oid = $2::oid), false) AS "mayConnect"
       FROM pg_roles login WHERE rolname = session_user`,
    [neighbour.schema, neighbour.databaseOid],
  )) as [Standing];
  return standing;
}
