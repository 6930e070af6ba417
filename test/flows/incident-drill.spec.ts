import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { eventually, invoiceFor, savedCard, untilSettled } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** The commands of docs/compliance/incident-response.md and keys-and-secrets.md, as somebody in trouble would run them. */
let tokenkeep: Tokenkeep;
let payer: Api;
let card: Body;
let folder: string;
beforeAll(async () => {
  [tokenkeep, folder] = await Promise.all([startTokenkeep(), mkdtemp(join(tmpdir(), 'tokenkeep-drill-'))]);
  payer = await tokenkeep.as('payer');
  card = await savedCard(tokenkeep, payer);
});
afterAll(async () => {
  await tokenkeep.stop();
  await rm(folder, { recursive: true });
});

async function pay(api: Api): Promise<Body> {
  const invoice = await invoiceFor(tokenkeep, payer);
  return (await api.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
}

describe('in an incident', () => {
  it('new charges stop and everything else goes on', async () => {
    const before = await pay(payer);
    await untilSettled(tokenkeep);
    const stopped = await startTokenkeep({ beside: tokenkeep, environment: { PAYMENTS_CHARGING: 'off' } });
    const finance = await stopped.as('finance');
    const samePayer = await stopped.as('payer', payer.subject);

    const refused = await pay(samePayer);
    const refund = await finance.postOnce(`/v1/payments/${before.id}/refunds`, { amountMinor: 100 });
    const status = JSON.parse((await stopped.cli('status')).stdout);
    await stopped.stop();

    expect(refused).toMatchObject({ status: 503, code: 'charging_paused' });
    expect(refund).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(status).toMatchObject({ charging: 'off' });
  });

  it('the evidence is frozen: the log is verified, and a signed pack is written', async () => {
    const verification = await tokenkeep.cli('audit', 'verify');
    const evidence = await tokenkeep.cli('evidence', '--out', folder);

    expect(verification.exitCode).toBe(0);
    expect(JSON.parse(verification.stdout)).toMatchObject({ outcome: 'intact' });
    expect(evidence.exitCode).toBe(0);
    const [pack] = await readdir(folder);
    await access(join(folder, pack!, 'manifest.json'));
  });

  it('what somebody saw is found by who they are', async () => {
    const payment = await pay(payer);
    const thief = await tokenkeep.as('finance', 'stolen-account');
    await thief.get('/v1/payments?limit=1');
    const auditor = await tokenkeep.as('auditor');

    const actor = encodeURIComponent('urn:tokenkeep:development|stolen-account');
    const { body } = await auditor.get(`/v1/audit-entries?actor=${actor}`);

    expect(body.data).toMatchObject([{ action: 'payment.listed', details: { ids: [payment.id] } }]);
  });
});

describe('a changed audit key', () => {
  it('signs from then on, and what the old one signed stays verifiable by its public half alone', async () => {
    const [oldKey, newKey] = await Promise.all(
      ['drill-old', 'drill-new'].map(async (name) =>
        (await tokenkeep.cli('audit', 'new-key', name)).stdout.trim(),
      ),
    );
    const first = await startTokenkeep({ environment: { PAYMENTS_AUDIT_KEYS: oldKey! } });
    await (await first.as('finance')).get('/v1/payments');
    await sealedBy(first, 'drill-old');
    const publicHalf = (await first.cli('audit', 'public-keys')).stdout.trim();
    await first.stop({ keepDatabase: true });

    const environment = { PAYMENTS_AUDIT_KEYS: newKey!, PAYMENTS_AUDIT_PUBLIC_KEYS: publicHalf };
    const second = await startTokenkeep({ beside: first, environment });
    await (await second.as('finance')).get('/v1/payments');
    await sealedBy(second, 'drill-new');
    const known = await second.cli('audit', 'verify');
    await second.stop();
    const third = await startTokenkeep({ beside: first, environment: { PAYMENTS_AUDIT_KEYS: newKey! } });
    const unknown = await third.cli('audit', 'verify');
    await third.stop();

    expect(publicHalf).toMatch(/^drill-old:/);
    expect(publicHalf).not.toBe(oldKey);
    expect(JSON.parse(known.stdout)).toMatchObject({ outcome: 'intact' });
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stdout).toContain('the key drill-old is not known here');
  });
});

async function sealedBy(program: Tokenkeep, key: string): Promise<void> {
  await eventually(
    () => program.sql('SELECT FROM payments.audit_batch WHERE key_name = $1', [key]),
    (rows) => rows.length > 0,
  );
}
