import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, EntitySchema, getMetadataArgsStorage } from 'typeorm';
import { all, type RunTimeCase } from './run-time.js';

const ROLES = "privileges of the application's role";
const OWN_SOURCE = 'a DataSource of their own, unknown to TypeOrmModule';

const sql =
  (...statements: string[]): RunTimeCase['look'] =>
  async ({ dataSource }) => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      const found: unknown[] = [];
      for (const statement of statements) found.push(await runner.query(statement));
      return found;
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  };

export const database: RunTimeCase[] = [
  {
    way: 'a repository of an entity of payments, its class read from TypeORM’s own list',
    look: ({ dataSource }) =>
      all(
        getMetadataArgsStorage()
          .tables.filter(({ target }) => /Payment|Webhook|Outbox/.test(String(target)))
          .map(
            ({ target }) =>
              () =>
                dataSource.getRepository(target).find(),
          ),
      ),
    stoppedBy: OWN_SOURCE,
  },
  {
    way: 'an entity of payments by its name',
    look: ({ dataSource }) =>
      all(
        ['PaymentMethodRecord', 'PaymentRecord', 'payment_method', 'payments.payment_method'].map(
          (name) => () => dataSource.getRepository(name).find(),
        ),
      ),
    stoppedBy: OWN_SOURCE,
  },
  {
    way: 'the token of a DataSource named payments',
    look: ({ moduleRef }) => moduleRef.get<unknown>(getDataSourceToken('payments'), { strict: false }),
    stoppedBy: OWN_SOURCE,
  },
  {
    way: "a DataSource of one's own over payments' tables, with the application's login",
    look: async ({ dataSource }) => {
      const shadow = new EntitySchema<{ id: string; providerToken: string }>({
        name: 'Shadow',
        schema: 'payments',
        tableName: 'payment_method',
        columns: {
          id: { type: 'uuid', primary: true },
          providerToken: { type: 'text', name: 'provider_token' },
        },
      });
      const own = new DataSource({ ...dataSource.options, entities: [shadow], migrations: [] });
      await own.initialize();
      try {
        return await own.getRepository(shadow).find();
      } finally {
        await own.destroy();
      }
    },
    stoppedBy: ROLES,
  },
  { way: 'SELECT', look: sql('SELECT * FROM payments.payment_method'), stoppedBy: ROLES },
  { way: 'UPDATE', look: sql(`UPDATE payments.payment SET status = 'succeeded'`), stoppedBy: ROLES },
  { way: 'DELETE', look: sql('DELETE FROM payments.audit_entry'), stoppedBy: ROLES },
  { way: 'TRUNCATE', look: sql('TRUNCATE payments.webhook_event CASCADE'), stoppedBy: ROLES },
  {
    way: 'SQL whose parts meet at run time',
    look: sql(`DO $$ BEGIN EXECUTE 'SELECT * FROM pay' || 'ments.payment_method'; END $$`),
    stoppedBy: ROLES,
  },
  {
    way: 'the search path, moved',
    look: sql('SET LOCAL search_path = payments', 'SELECT * FROM payment_method'),
    stoppedBy: ROLES,
  },
  {
    way: 'a view over a table of payments',
    look: sql('CREATE VIEW app.peep AS SELECT * FROM payments.payment_method', 'SELECT * FROM app.peep'),
    stoppedBy: ROLES,
  },
  {
    way: 'a foreign key onto a table of payments, to test for ids',
    look: sql('CREATE TABLE app.peep (id uuid REFERENCES payments.payment_method (id))'),
    stoppedBy: ROLES,
  },
  {
    way: 'a trigger on a table of payments',
    look: sql(
      `CREATE FUNCTION app.peep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
      'CREATE TRIGGER peep BEFORE INSERT ON payments.payment FOR EACH ROW EXECUTE FUNCTION app.peep()',
    ),
    stoppedBy: ROLES,
  },
  {
    way: "a table of one's own in payments' schema",
    look: sql('CREATE TABLE payments.peep (id int)'),
    stoppedBy: ROLES,
  },
  { way: 'SET ROLE', look: sql('SET ROLE tokenkeep_payments'), stoppedBy: ROLES },
  {
    way: 'a grant to oneself',
    look: sql('GRANT SELECT ON ALL TABLES IN SCHEMA payments TO CURRENT_USER'),
    stoppedBy: ROLES,
  },
  {
    way: 'COPY to a program of the server',
    look: sql(`COPY payments.payment_method TO PROGRAM 'cat'`),
    stoppedBy: ROLES,
  },
  {
    way: 'a file of the server',
    look: sql(`SELECT pg_read_file('postgresql.conf')`),
    stoppedBy: ROLES,
  },
  {
    way: "the statistics of payments' columns, which hold values",
    look: sql(`SELECT * FROM pg_stats WHERE schemaname = 'payments'`),
    stoppedBy: ROLES,
    showsNothing: true,
  },
  {
    way: "what payments' connections are running",
    look: sql(
      `SELECT query FROM pg_stat_activity WHERE usename = 'tokenkeep_payments' AND query NOT LIKE '<%'`,
    ),
    stoppedBy: ROLES,
    showsNothing: true,
  },
  {
    way: 'the contents of a table as XML, by its number',
    look: sql(`SELECT table_to_xml(c.oid, true, false, '') FROM pg_class c WHERE relname = 'payment_method'`),
    stoppedBy: ROLES,
  },
];
