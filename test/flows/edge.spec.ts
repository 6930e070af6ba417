import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../support/api.js';
import { selfSigned } from '../support/certificate.js';
import { CARD_SETUP } from '../support/gateways.js';
import { eventually } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const HTTPS = { 'x-forwarded-proto': 'https' };
let first: Tokenkeep;
const others: Tokenkeep[] = [];
beforeAll(async () => {
  first = await startTokenkeep({ environment: { WORKERS: 'off' } });
});
afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
});
afterAll(() => first.stop());

describe('with a certificate of its own', () => {
  it('speaks TLS 1.2 and 1.3, and nothing older and nothing plain', async () => {
    const { port, certificate } = await secured();

    const answer = await get(port, certificate.cert, '/health/live');
    const versions = await Promise.all(
      (['TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).map((version) => handshake(port, version)),
    );
    const plain = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => 'refused');

    expect(answer).toBe(200);
    expect(versions).toEqual([null, 'TLSv1.2', 'TLSv1.3']);
    expect(plain).toBe('refused');
  });

  it('hears the sandbox, for which a developer’s own certificate is enough', async () => {
    const { tokenkeep, port } = await secured();
    const endpoint = `https://127.0.0.1:${port}/v1/webhooks/stripe`;
    await tokenkeep.sandbox.addWebhookEndpoint(endpoint, tokenkeep.webhookSecret);

    await tokenkeep.sandbox.call('POST', '/v1/customers');

    await tokenkeep.sandbox.deliveriesDone();
    const { data } = await tokenkeep.sandbox.call('GET', '/_sandbox/deliveries');
    expect(data.filter((it: Body) => it.url === endpoint)).toMatchObject([{ status: 'delivered' }]);
  });

  it('takes a renewed one without a restart, and keeps the old one while the new one is half there', async () => {
    const { port, folder, certificate } = await secured();
    const renewed = selfSigned('renewed');

    await writeFile(join(folder, 'tls.crt'), renewed.cert);
    process.emit('SIGHUP');
    const halfway = await get(port, certificate.cert, '/health/live');
    await writeFile(join(folder, 'tls.key'), renewed.key);
    process.emit('SIGHUP');

    expect(halfway).toBe(200);
    await eventually(
      () => get(port, renewed.cert, '/health/live').catch(() => 0),
      (status) => status === 200,
    );
  });
});

describe('behind a proxy', () => {
  it('refuses what did not come through it by https, and answers probes', async () => {
    const { url } = await behind('127.0.0.1');
    const statusOf = async (path: string, headers = {}) => (await fetch(url + path, { headers })).status;

    expect(await statusOf('/v1/payments')).toBe(403);
    expect(await statusOf('/v1/payments', { 'x-forwarded-proto': 'http' })).toBe(403);
    expect(await statusOf('/v1/payments', { 'x-forwarded-proto': 'https, http' })).toBe(403);
    expect(await statusOf('/v1/payments', HTTPS)).toBe(401);
    expect(await statusOf('/health/live')).toBe(200);
  });

  it('believes nobody else', async () => {
    const { url } = await behind('10.9.9.9');

    const answer = await fetch(`${url}/v1/payments`, { headers: HTTPS });

    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      403,
      'https_required',
    ]);
  });

  it('counts the address that the proxy saw against card testing, whatever the caller writes before it', async () => {
    const { url } = await behind('127.0.0.1');
    const payer = await first.as('payer');
    const setUp = (forwarded: string) =>
      fetch(`${url}/v1/setup-intents`, {
        method: 'POST',
        headers: {
          ...HTTPS,
          'x-forwarded-for': forwarded,
          authorization: `Bearer ${payer.token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(CARD_SETUP),
      });

    const answers = await Promise.all(
      ['203.0.113.7', '6.6.6.6, 203.0.113.7', '7.7.7.7, 203.0.113.7', '203.0.113.8'].map(setUp),
    );

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const digests = await first.sql<{ times: number }>(
      `SELECT count(*)::int AS times FROM payments.card_testing_evidence
        WHERE address_digest IS NOT NULL GROUP BY address_digest ORDER BY times`,
    );
    expect(digests.map(({ times }) => times)).toEqual([1, 3]);
  });
});

describe('one address', () => {
  it('begins so many setups for whoever signs in there, and no more; the next address is free to', async () => {
    const { url } = await behind('127.0.0.1', { SETUPS_PER_HOUR_MAX: '1' });
    const setUp = async (address: string) => {
      const { token } = await first.as('payer');
      const answer = await fetch(`${url}/v1/setup-intents`, {
        method: 'POST',
        headers: {
          ...HTTPS,
          'x-forwarded-for': address,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(CARD_SETUP),
      });
      return { status: answer.status, code: ((await answer.json()) as { code?: string }).code, answer };
    };

    for (let payers = 0; payers < 5; payers++) expect((await setUp('203.0.113.20')).status).toBe(201);
    const sixth = await setUp('203.0.113.20');
    const elsewhere = await setUp('203.0.113.21');

    expect(sixth).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(sixth.answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(elsewhere.status).toBe(201);
  });
});

describe('an instance that is being stopped', () => {
  it('begins nothing any more, and says so to whoever was on the way', async () => {
    const tokenkeep = await beside({});
    const late = await begunRequest(tokenkeep.url);

    const stopped = tokenkeep.stopApplication();
    await eventually(
      () => isReachable(tokenkeep.url),
      (reachable) => !reachable,
    );
    late.socket.write('\r\n');
    const answer = await late.answer;
    await stopped;

    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).toMatch(/^retry-after: 1\r$/im);
    expect(answer).toMatch(/^strict-transport-security: /im);
    expect(answer).toContain('"code":"not_ready"');
  });
});

describe('pages of other origins', () => {
  it.each([
    ['https://portal.example.edu', 'https://portal.example.edu'],
    ['https://portal.example.edu.evil.example', null],
    ['https://evil-portal.example.edu', null],
    ['http://portal.example.edu', null],
    ['https://portal.example.edu:8443', null],
    ['null', null],
  ])('from %s are answered as the list says, exactly', async (origin, allowed) => {
    const { url } = await beside({ CORS_ORIGINS: 'https://portal.example.edu' });
    const question = { origin, 'access-control-request-method': 'POST' };

    const asked = await fetch(`${url}/v1/payments`, { method: 'OPTIONS', headers: question });
    const called = await fetch(`${url}/v1/payments`, { headers: { origin } });

    for (const { headers } of [asked, called]) {
      expect(headers.get('access-control-allow-origin')).toBe(allowed);
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  it('are not answered at all where no list is set', async () => {
    const { headers } = await fetch(`${first.url}/v1/payments`, { headers: { origin: first.url } });

    expect(headers.has('access-control-allow-origin')).toBe(false);
  });
});

async function beside(environment: Record<string, string>): Promise<Tokenkeep> {
  const other = await startTokenkeep({ beside: first, environment: { WORKERS: 'off', ...environment } });
  others.push(other);
  return other;
}

function behind(proxies: string, more: Record<string, string> = {}): Promise<Tokenkeep> {
  return beside({ TRUSTED_PROXIES: proxies, ...more });
}

async function secured() {
  const folder = await mkdtemp(join(tmpdir(), `tokenkeep-tls-${randomBytes(2).toString('hex')}`));
  const certificate = selfSigned('first');
  const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await writeFile(TLS_CERT_FILE, certificate.cert);
  await writeFile(TLS_KEY_FILE, certificate.key);
  const tokenkeep = await beside({ TLS_CERT_FILE, TLS_KEY_FILE });
  return { folder, certificate, tokenkeep, port: Number(new URL(tokenkeep.url).port) };
}

/** As a client that believes this certificate and no other. */
function get(port: number, ca: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ask = { host: '127.0.0.1', port, path, ca, agent: false };
    request(ask, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

/** The version that was agreed on when the client knows this one only. */
function handshake(port: number, version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> {
  return new Promise((resolve) => {
    const only = { minVersion: version, maxVersion: version, rejectUnauthorized: false };
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ...only }, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    }).on('error', () => resolve(null));
  });
}

/** A request whose last line is still to come: its connection is not idle, so it is not closed either. */
async function begunRequest(url: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connectPlain(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  await new Promise((resolve) => socket.once('connect', resolve));
  let answer = '';
  const whole = new Promise<string>((resolve, reject) => {
    socket.on('data', (text: string) => (answer += text));
    socket.once('close', () => resolve(answer)).once('error', reject);
  });
  await new Promise<void>((resolve) =>
    socket.write('GET /v1/payments HTTP/1.1\r\nhost: tokenkeep\r\n', () => resolve()),
  );
  return { socket, answer: whole };
}

async function isReachable(url: string): Promise<boolean> {
  return fetch(`${url}/health/live`).then(
    () => true,
    () => false,
  );
}
