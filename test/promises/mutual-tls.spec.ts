import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { selfSigned } from '../support/certificate.js';
import { invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let folder: string;
let tokenkeep: Tokenkeep;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenkeep-mtls-'));
  await exchange('payments');
  await exchange('application');
  tokenkeep = await startTokenkeep({
    shape: 'process',
    environment: {
      WORKERS: 'off',
      PAYMENTS_LINK_CERT_FILE: join(folder, 'application.crt'),
      PAYMENTS_LINK_CERT_KEY_FILE: join(folder, 'application.key'),
      PAYMENTS_LINK_CA_FILE: join(folder, 'payments.crt'),
    },
    aloneEnvironment: {
      TLS_CERT_FILE: join(folder, 'payments.crt'),
      TLS_KEY_FILE: join(folder, 'payments.key'),
      TLS_CLIENT_CA_FILE: join(folder, 'trusted.crt'),
    },
  });
});
afterAll(async () => {
  await tokenkeep.stop();
  await rm(folder, { recursive: true });
});

it('lets the application pay over a link where both sides show certificates', async () => {
  const ada = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, ada);
  const invoice = await invoiceFor(tokenkeep, ada);

  const paid = await ada.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });

  expect([paid.status, paid.body.status]).toEqual([201, 'succeeded']);
});

it('lets whoever shows no certificate reach gateways’ webhooks and probes, and nothing else', async () => {
  const ada = await tokenkeep.as('payer');

  const answers = {
    methods: await withoutCertificate('GET', '/v1/payment-methods', ada.token),
    link: await withoutCertificate('POST', '/link/v1/payment-methods', ada.token),
    documentation: await withoutCertificate('GET', '/openapi.json'),
    ready: await withoutCertificate('GET', '/health/ready'),
    webhook: await withoutCertificate('POST', '/v1/webhooks/stripe'),
  };

  expect(answers).toEqual({
    methods: [403, 'client_certificate_required'],
    link: [403, 'client_certificate_required'],
    documentation: [403, 'client_certificate_required'],
    ready: [200, undefined],
    webhook: [400, 'webhook_signature_invalid'],
  });
});

it('exchanges the certificates of both sides while both go on', async () => {
  const before = await certificateOfPayments();

  await exchange('payments');
  await exchange('application');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => tokenkeep.payments.paymentMethods(randomUUID())),
  );

  expect(await certificateOfPayments()).not.toBe(before);
  expect(answers).toEqual(Array(20).fill([]));
});

it('does not answer an application whose certificate nobody vouches for', async () => {
  await exchange('application', { isTrusted: false });
  const refused = await tokenkeep.payments.paymentMethods('somebody').catch((error: unknown) => error);

  await exchange('application');
  const again = await tokenkeep.payments.paymentMethods('somebody');

  expect(refused).toMatchObject({ code: 'payments_unavailable' });
  expect(again).toEqual([]);
});

it('keeps the certificate that it has while the files of another one do not fit', async () => {
  await writeFile(join(folder, 'application.key'), selfSigned('application').key);
  process.emit('SIGHUP');

  expect(await tokenkeep.payments.paymentMethods('somebody')).toEqual([]);
});

/** A new certificate and key in their files, and both programs told to look. */
async function exchange(
  name: 'application' | 'payments',
  { isTrusted } = { isTrusted: true },
): Promise<void> {
  const { cert, key } = selfSigned(name);
  await writeFile(join(folder, `${name}.crt`), cert);
  await writeFile(join(folder, `${name}.key`), key);
  if (name === 'application' && isTrusted) await writeFile(join(folder, 'trusted.crt'), cert);
  process.emit('SIGHUP');
}

function withoutCertificate(
  method: string,
  path: string,
  token?: string,
): Promise<[number | undefined, string | undefined]> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const options = { method, headers, rejectUnauthorized: false, agent: false };
    const asked = request(new URL(path, tokenkeep.alone!.url), options, (answer) => {
      let text = '';
      answer.on('data', (bytes: Buffer) => (text += bytes.toString()));
      answer.on('end', () => resolve([answer.statusCode, (JSON.parse(text) as { code?: string }).code]));
    });
    asked.on('error', reject).end(method === 'POST' ? '{}' : undefined);
  });
}

function certificateOfPayments(): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { rejectUnauthorized: false, agent: false };
    const asked = request(new URL('/health/live', tokenkeep.alone!.url), options, (answer) => {
      const { socket } = answer as unknown as {
        socket: { getPeerCertificate(): { fingerprint256: string } };
      };
      resolve(socket.getPeerCertificate().fingerprint256);
      answer.resume();
    });
    asked.on('error', reject).end();
  });
}
