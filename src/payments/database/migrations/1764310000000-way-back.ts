import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the home was before it moved, and whose account at each gateway its payments are. */
export class WayBack1764310000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payments.residence
        ADD moved_from text,
        ADD gateway_accounts jsonb NOT NULL DEFAULT '{}',
        DROP COLUMN gateway_account;

      -- Once for each gateway: whoever comes with another account later is refused.
      CREATE FUNCTION payments.remember_gateway_account(gateway text, account text) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        UPDATE payments.residence SET gateway_accounts = gateway_accounts || jsonb_build_object(gateway, account)
         WHERE NOT gateway_accounts ? gateway
      $$;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION payments.remember_gateway_account;
      ALTER TABLE payments.residence DROP COLUMN moved_from, DROP COLUMN gateway_accounts, ADD gateway_account text`);
  }
}
