import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { selfSigned } from '../support/certificate.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let folder: string;
let tokenkeep: Tokenkeep;
/** Ends TLS in front of the application, as a proxy of the private network does. */
let front: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenkeep-mtls-'));
  await exchange('payments');
  await exchange('application');
  await exchange('front');
  front = await startFront();
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
      WORKERS: 'on',
      PAYMENTS_EVENTS_URL: `https://127.0.0.1:${(front.address() as AddressInfo).port}/link/v1/events`,
      PAYMENTS_EVENTS_CA_FILE: join(folder, 'front.crt'),
    },
  });
});
afterAll(async () => {
  await tokenkeep.stop();
  front.closeAllConnections();
  front.close();
  await rm(folder, { recursive: true });
});

it('lets the application pay over a link where both sides show certificates', async () => {
  const ada = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, ada);
  const invoice = await invoiceFor(tokenkeep, ada);

  const paid = await ada.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });

  expect([paid.status, paid.body.status]).toEqual([201, 'succeeded']);
});

it('tells the application of events where only a file of ours vouches for it, and follows that file', async () => {
  const ada = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, ada);
  const paidInvoice = async (): Promise<string> => {
    const { id } = await invoiceFor(tokenkeep, ada);
    await ada.postOnce(`/v1/invoices/${id}/payments`, { paymentMethodId: card.id });
    const { body } = await eventually(
      () => ada.get(`/v1/invoices/${id}`),
      (answer) => answer.body.status === 'paid',
    );
    return body.status as string;
  };

  const before = await paidInvoice();
  await exchange('front');
  front.setSecureContext(certificateOf('front'));
  front.closeAllConnections();
  const after = await paidInvoice();

  expect([before, after]).toEqual(['paid', 'paid']);
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

function certificateOf(name: string): { cert: string; key: string } {
  const [cert, key] = ['crt', 'key'].map((end) => readFileSync(join(folder, `${name}.${end}`), 'utf8'));
  return { cert: cert!, key: key! };
}

async function startFront(): Promise<Server> {
  const server = createServer(certificateOf('front'), (asked, reply) => {
    const onward = plainRequest(new URL(asked.url!, tokenkeep.url), {
      method: asked.method,
      headers: asked.headers,
    });
    onward.on('response', (answer) => answer.pipe(reply.writeHead(answer.statusCode!, answer.headers)));
    onward.on('error', () => reply.destroy());
    asked.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A new certificate and key in their files, and both programs told to look. */
async function exchange(
  name: 'application' | 'payments' | 'front',
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
