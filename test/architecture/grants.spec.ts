import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { createTestDatabase, dropTestDatabase, queryUrl, type TestDatabase } from '../support/databases.js';

const PAGE = join(import.meta.dirname, '../../docs/reference/grants.md');
const INTRODUCTION = `# Grants

What PostgreSQL itself lets each role of payments do, read from the catalogue of a migrated database and compared by a test. The
decisions behind it are in \`src/payments/database/grants.ts\`. The owner of the tables cannot log in; \`tokenkeep_payments_migrator\` may
become the owner and has no rights of its own; \`PUBLIC\` and the application's role have none at all.
`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => dropTestDatabase(database));

describe('the rights of roles in the payments schema', () => {
  it('are those of docs/reference/grants.md', async () => {
    const page = await written(await rights());
    if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, page);

    expect(page).toBe(readFileSync(PAGE, 'utf8')); // UPDATE_DOCS=1 writes it anew
  });

  it('let nobody but the owner delete, truncate, or make anything', async () => {
    const more = await queryUrl(
      database.adminUrl,
      `SELECT grantee::regrole::text, relname, privilege_type FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'payments'::regnamespace AND grantee <> relowner
          AND privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE')
       UNION ALL
       SELECT grantee::regrole::text, nspname, privilege_type FROM pg_namespace, aclexplode(nspacl)
        WHERE nspname = 'payments' AND grantee <> nspowner AND privilege_type <> 'USAGE'`,
    );

    expect(more).toEqual([]);
  });

  it('give an owner to every function that runs as its owner, who is no superuser, and a fixed search path', async () => {
    const functions = await queryUrl(
      database.adminUrl,
      `SELECT proname, proowner::regrole::text AS owner, rolsuper, proconfig FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner
        WHERE pronamespace = 'payments'::regnamespace AND prosecdef`,
    );

    expect(functions.length).toBeGreaterThan(0);
    for (const it of functions)
      expect(it).toMatchObject({
        owner: 'tokenkeep_payments_owner',
        rolsuper: false,
        proconfig: [expect.stringMatching(/^search_path=pg_catalog(, pg_temp)?$/)],
      });
  });

  it.each([
    ['DELETE FROM payments.payment', /permission denied for table payment/],
    ['TRUNCATE payments.audit_entry', /permission denied for table audit_entry/],
    ['UPDATE payments.payment SET amount_minor = 1', /permission denied for table payment/],
    ['UPDATE payments.audit_entry SET actor = actor', /permission denied for table audit_entry/],
    ['CREATE TABLE payments.mine ()', /permission denied for schema payments/],
    ['CREATE TABLE public.mine ()', /permission denied for schema public/],
    ['CREATE TEMP TABLE mine ()', /permission denied to create temporary tables/],
    ['ALTER TABLE payments.payment DISABLE TRIGGER ALL', /must be owner/],
    ['SET ROLE tokenkeep_payments_owner', /permission denied to set role/],
    ["COPY payments.payment TO PROGRAM 'cat'", /permission denied to COPY/],
    ['SELECT * FROM app.person', /permission denied for schema app/],
  ])('payments’ own login may not: %s', async (statement, refusal) => {
    await expect(queryUrl(database.paymentsUrl, statement)).rejects.toThrow(refusal);
  });

  it('let the application’s login see nothing', async () => {
    for (const statement of ['SELECT FROM payments.payment', `SELECT payments.end_payment_method_use('x')`])
      await expect(queryUrl(database.applicationUrl, statement)).rejects.toThrow(
        'permission denied for schema payments',
      );
  });
});

/** role → object → what it may do. */
async function rights(): Promise<{ role: string; object: string; rights: string }[]> {
  return queryUrl(
    database.adminUrl,
    `WITH granted AS (
       SELECT grantee, CASE relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' ELSE 'table ' END || relname AS object, privilege_type AS privilege, NULL AS column, 0 AS place
         FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'payments'::regnamespace AND grantee <> relowner
       UNION ALL
       SELECT grantee, 'table ' || relname, privilege_type, attname, attnum
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl)
        WHERE relnamespace = 'payments'::regnamespace AND grantee <> relowner
       UNION ALL
       SELECT grantee, 'function ' || proname, privilege_type, NULL, 0
         FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
        WHERE pronamespace = 'payments'::regnamespace AND grantee <> proowner
       UNION ALL
       SELECT grantee, 'schema ' || nspname, privilege_type, NULL, 0
         FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'payments' AND grantee <> nspowner),
     by_privilege AS (
       SELECT grantee, object, lower(privilege) AS privilege,
              string_agg('\`' || "column" || '\`', ', ' ORDER BY place) FILTER (WHERE "column" IS NOT NULL) AS columns
         FROM granted GROUP BY grantee, object, privilege)
     SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role, object,
            string_agg(privilege || coalesce(' of ' || columns, ''), '; ' ORDER BY privilege) AS rights
       FROM by_privilege GROUP BY grantee, object ORDER BY 1, 2`,
  );
}

async function written(found: { role: string; object: string; rights: string }[]): Promise<string> {
  const roles = [...new Set(found.map(({ role }) => role))];
  const tables = roles.map((role) => {
    const rows = found.filter((row) => row.role === role);
    const lines = rows.map(({ object, rights: text }) => `| ${object} | ${text} |`);
    return `\n## \`${role}\`\n\n| | may |\n| --- | --- |\n${lines.join('\n')}\n`;
  });
  return format(INTRODUCTION + tables.join(''), { ...(await resolveConfig(PAGE)), filepath: PAGE });
}
