import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which database is the home of payment data, and what a move to another one needs. */
export class Residence1764110000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whether this database is the home. One row; none: it has never been one.
      CREATE TABLE payments.residence (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        -- Stays the same wherever the data moves.
        id uuid NOT NULL,
        -- Counts the homes: the source closes with n before the target opens with n + 1.
        epoch integer NOT NULL CHECK (epoch > 0),
        state text NOT NULL CHECK (state IN ('home', 'closing', 'moved', 'arriving')),
        moved_to text,
        -- Whose data it is: the application's database knows its installation. Null where payments run alone.
        installation uuid,
        gateway_mode text NOT NULL CHECK (gateway_mode IN ('test', 'live')),
        gateway_account text,
        -- Where it stands: a copy stands elsewhere.
        system_identifier text NOT NULL,
        database_oid oid NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- A move under way: how far its copy is.
      CREATE TABLE payments.relocation (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        target text NOT NULL,
        copied jsonb NOT NULL DEFAULT '{}',
        started_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Rows that changed while they were being copied.
      CREATE TABLE payments.relocation_change (
        id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
        table_name text NOT NULL,
        key text NOT NULL
      );

      -- For the triggers of a move. It runs as the owner: the program may not write here by itself.
      CREATE FUNCTION payments.note_change() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE key text;
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          EXECUTE format('SELECT ($1).%I::text', TG_ARGV[0]) INTO key USING OLD;
          INSERT INTO payments.relocation_change (table_name, key) VALUES (TG_TABLE_NAME, key);
        END IF;
        IF TG_OP <> 'DELETE' THEN
          EXECUTE format('SELECT ($1).%I::text', TG_ARGV[0]) INTO key USING NEW;
          INSERT INTO payments.relocation_change (table_name, key) VALUES (TG_TABLE_NAME, key);
        END IF;
        RETURN NULL;
      END $$;

      CREATE FUNCTION payments.refuse_while_moving() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        RAISE EXCEPTION 'payments are moving to another database' USING ERRCODE = 'TK503';
      END $$;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payments.relocation_change, payments.relocation, payments.residence;
      DROP FUNCTION payments.note_change, payments.refuse_while_moving`);
  }
}
