import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../dist/platform/postgres/embedded-postgres.js';
import globalSetup, { FAST, migrateTemplate } from './global-setup.js';

const APPLICATION_TEMPLATE = 'application_template';
const PAYMENTS_TEMPLATE = 'payments_template';

/** What tests of the isolated shape need beside what all share: a second PostgreSQL, for payments alone. */
export default async function isolatedSetup() {
  await globalSetup();
  const folder = process.env.TEST_FOLDER;
  const own = join(folder, 'payments-postgres');
  const [postgres, apart] = await Promise.all([
    startEmbeddedPostgres({ folder: process.env.TEST_POSTGRES_FOLDER }),
    startEmbeddedPostgres({ folder: own, settings: FAST }),
  ]);
  await migrateTemplate(postgres, APPLICATION_TEMPLATE, apart, PAYMENTS_TEMPLATE, folder);
  Object.assign(process.env, {
    TEST_PAYMENTS_POSTGRES_FOLDER: own,
    TEST_APPLICATION_TEMPLATE: APPLICATION_TEMPLATE,
    TEST_PAYMENTS_TEMPLATE: PAYMENTS_TEMPLATE,
  });
}
