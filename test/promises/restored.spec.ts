import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { runCli } from '../support/cli.js';
import { createTestDatabase, dropTestDatabase, queryUrl, type TestDatabase } from '../support/databases.js';
import { itWhere } from '../support/gateways.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let applicationHome: TestDatabase;
let paymentsHome: TestDatabase;
let tokenkeep: Tokenkeep;
let environment: Record<string, string>;

describe('when one side comes back from a backup', () => {
  beforeAll(async () => {
    [applicationHome, paymentsHome] = [await createTestDatabase(), await createTestDatabase()];
    environment = {
      DATABASE_URL: applicationHome.applicationUrl,
      PAYMENTS_DATABASE_URL: paymentsHome.paymentsUrl,
    };
    tokenkeep = await startTokenkeep({ environment });
  });
  afterAll(async () => {
    await tokenkeep.stop();
    await dropTestDatabase(tokenkeep.database);
    await dropTestDatabase(applicationHome);
    await dropTestDatabase(paymentsHome);
  });

  itWhere(
    ['listsMovements', 'refundsAtOnce'],
    'payments, older than the gateway: reconciliation names every charge and refund that is lost here',
    async () => {
      const payer = await tokenkeep.as('payer', 'restored-payments');
      const card = await savedCard(tokenkeep, payer);
      const before = await paid(payer, card);
      const backup = await takeBackup(paymentsHome);
      const after = await paid(payer, card);
      const finance = await tokenkeep.as('finance');
      await finance.postOnce(`/v1/payments/${before.payment.id}/refunds`, { amountMinor: 500 });

      await restore(paymentsHome, backup);
      const { exitCode, stdout } = await tokenkeep.cli('reconcile', '--until', new Date().toISOString());

      const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { differences: Body[] };
      const differences = report.differences.filter(({ gateway }) => gateway === tokenkeep.gateway);
      expect(exitCode).toBe(2);
      expect(differences.map(({ kind, reason, paymentId }) => ({ kind, reason, paymentId }))).toEqual(
        expect.arrayContaining([
          { kind: 'payment', reason: 'missing_here', paymentId: after.payment.id },
          expect.objectContaining({ kind: 'refund', reason: 'missing_here' }),
        ]),
      );
      expect(differences).toHaveLength(2);
      expect((await payer.get(`/v1/invoices/${after.invoice.id}`)).body.status).toBe('paid');
      expect(
        (await payer.postOnce(`/v1/invoices/${after.invoice.id}/payments`, { paymentMethodId: card.id }))
          .status,
      ).toBe(409);
    },
  );

  it('the application, older than payments: nobody pays twice, and its invoices are paid again by the events', async () => {
    const payer = await tokenkeep.as('payer', 'restored-application');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const backup = await takeBackup(applicationHome);
    const since = new Date().toISOString();
    await pay(payer, card, invoice);

    await restore(applicationHome, backup);
    const forgotten = (await payer.get(`/v1/invoices/${invoice.id}`)).body.status;
    const again = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
    const { stdout } = await tokenkeep.cli('outbox', 'redeliver', '--since', since);

    expect(forgotten).toBe('open');
    expect(again.body.code).toBe('obligation_already_paid');
    expect(stdout).toMatch(/^[1-9]\d* will be delivered again/m);
    await eventually(
      async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body.status,
      (status) => status === 'paid',
    );
  });
});

async function paid(payer: Api, card: Body): Promise<{ invoice: Body; payment: Body }> {
  const invoice = await invoiceFor(tokenkeep, payer);
  return { invoice, payment: await pay(payer, card, invoice) };
}

/** Pays, and waits until the application has heard of it. */
async function pay(payer: Api, card: Body, invoice: Body): Promise<Body> {
  const { body } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
  await eventually(
    async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body.status,
    (status) => status === 'paid',
  );
  return body;
}

/** A copy of one database as it stands, which is what a dump holds. */
async function takeBackup(home: TestDatabase): Promise<string> {
  const backup = `${home.name}_backup`;
  await whileNobodyIsConnected(async () => {
    await asAdministrator(home, `DROP DATABASE IF EXISTS ${backup}`);
    await asAdministrator(home, `CREATE DATABASE ${backup} TEMPLATE ${home.name} STRATEGY FILE_COPY`);
  });
  return backup;
}

async function restore(home: TestDatabase, backup: string): Promise<void> {
  await whileNobodyIsConnected(async () => {
    await asAdministrator(home, `DROP DATABASE ${home.name} WITH (FORCE)`);
    await asAdministrator(home, `ALTER DATABASE ${backup} RENAME TO ${home.name}`);
    // Somebody must say that the copy takes the place of the home.
    if (home === paymentsHome) await runCli(['db', 'adopt'], { ADOPT_URL: home.adminUrl });
    // Rights on the database itself are no part of a copy.
    await asAdministrator(
      home,
      `GRANT CONNECT ON DATABASE ${home.name} TO ${home === paymentsHome ? 'tokenkeep_payments' : 'tokenkeep_app'}`,
    );
  });
}

/** Stops the application for it, as a person would, and starts it again at the same address. */
async function whileNobodyIsConnected(work: () => Promise<void>): Promise<void> {
  const port = Number(new URL(tokenkeep.url).port);
  await tokenkeep.stop({ keepDatabase: true });
  await work();
  tokenkeep = await startTokenkeep({ environment, beside: tokenkeep, port });
}

function asAdministrator(home: TestDatabase, statement: string): Promise<object[]> {
  const url = new URL(home === paymentsHome ? home.adminUrl : home.applicationAdminUrl);
  url.pathname = '/postgres';
  return queryUrl(url.href, statement);
}
