import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import type { HomeMemory, RememberedHome } from './payments/payments.module.js';

/** The application's memory of where payments live, so that a wrong setting cannot begin a second history. */
export class PaymentsHome1764110000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app.payments_home (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        installation uuid NOT NULL DEFAULT gen_random_uuid(),
        residence_id uuid,
        epoch integer,
        address text
      );
      INSERT INTO app.payments_home DEFAULT VALUES`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE app.payments_home');
  }
}

export async function openHomeMemory(dataSource: DataSource): Promise<HomeMemory> {
  const [row] = await dataSource.query<[{ installation: string }]>(
    'SELECT installation FROM app.payments_home',
  );
  return {
    installation: row.installation,
    async read(): Promise<RememberedHome | null> {
      const [home] = await dataSource.query<[RememberedHome]>(
        'SELECT residence_id AS "residenceId", epoch, address FROM app.payments_home',
      );
      return home.residenceId ? home : null;
    },
    async remember({ residenceId, epoch, address }: RememberedHome): Promise<void> {
      await dataSource.query(
        `UPDATE app.payments_home SET residence_id = $1, epoch = $2, address = $3
          WHERE epoch IS NULL OR epoch < $2 OR address <> $3`,
        [residenceId, epoch, address],
      );
    },
  };
}
