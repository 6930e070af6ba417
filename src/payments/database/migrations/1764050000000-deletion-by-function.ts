import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The program deletes nothing by itself; the few things that may go, go by a function that names exactly one. */
export class DeletionByFunction1764050000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION payments.end_payment_method_use(which text) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        BEGIN ATOMIC DELETE FROM payments.payment_method_use WHERE name = which; END`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION payments.end_payment_method_use');
  }
}
