import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Body } from '../support/api.js';
import { eventually } from '../support/given.js';
import { linkKeyPair } from '../support/link-keys.js';
import { emptyFolder } from '../support/programs.js';
import { type Segmented, Segments, whyNoNamespaces } from './segments.js';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as Segmented & {
  services: Record<string, { environment: Record<string, string>; command?: string[] }>;
};

/** An embedded PostgreSQL, and a login of it. */
const DATABASE = `
  import { startEmbeddedPostgres } from './dist/platform/postgres/embedded-postgres.js';
  const { FOLDER: folder, ROLE: role } = process.env;
  const server = await startEmbeddedPostgres({ folder, port: 5432, settings: { fsync: 'off' } });
  console.log(await server.urlFor(role));
  process.stdin.resume(); // and there it stays`;

/** The third shape. The sandbox stands in for the gateway, where the door to it is. */
const SERVICES = [
  'application-apart',
  'payments',
  'gateway-door',
  'postgres',
  'payments-postgres',
  'migrate',
];
const PORTS: Record<string, number> = {
  'application-apart': 3000,
  payments: 3001,
  'gateway-door': 4010,
  postgres: 5432,
  'payments-postgres': 5432,
  internet: 443,
};

/** Who reaches whom, as docs/operations/network.md shows it; every other pair must fail. */
const REACHES: Record<string, string[]> = {
  internet: ['application-apart', 'gateway-door'],
  'application-apart': ['internet', 'payments', 'postgres'],
  payments: ['application-apart', 'gateway-door', 'payments-postgres'],
  'gateway-door': ['internet', 'payments'],
  postgres: ['application-apart'],
  'payments-postgres': ['payments'],
};

const reason = whyNoNamespaces();
const describeHere = reason ? describe.skip : describe;

describeHere(`the segments of docker-compose.yml${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let folder: string;
  let segments: Segments;
  beforeAll(async () => {
    folder = await emptyFolder();
    segments = await Segments.build(compose, SERVICES);
    await startEverything();
  }, 60_000);
  afterAll(async () => {
    await segments?.takeDown();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  it('let each reach whom it needs, and nobody else, by any address', async () => {
    const found: Record<string, string[]> = {};
    for (const from of Object.keys(PORTS)) {
      const others = Object.keys(PORTS).filter((name) => name !== from);
      const reached = await Promise.all(others.map((to) => isReached(from, to)));
      found[from] = others.filter((_, index) => reached[index]).sort();
    }

    expect(found).toEqual(REACHES);
  });

  it('let nobody pass through somebody who is on two of them', async () => {
    const attempt = () => segments.reachThrough('application-apart', 'payments', 'payments-postgres', 5432);

    const refused = await attempt();
    segments.setForwarding('payments', true);
    const withoutTheSetting = await attempt();
    segments.setForwarding('payments', false);

    expect([refused, withoutTheSetting]).toEqual(['timed out', 'reached']);
  });

  it('are what the documentation shows', () => {
    const [, page = ''] = readFileSync(join(ROOT, 'docs/operations/network.md'), 'utf8').split(
      '## Who reaches whom',
    );
    const rows = [...page.matchAll(/^\| `([\w-]+)` +\| (.*) \|$/gm)].map(
      ([, from, cells]) => [from!, cells!] as const,
    );
    const columns = [...(/^\| from ↓ to → +\| (.*) \|$/m.exec(page)?.[1] ?? '').matchAll(/`([\w-]+)`/g)].map(
      ([, name]) => name!,
    );
    const shown = rows.map(([from, cells]) => {
      const marks = cells.split('|').map((it) => it.trim());
      return [from, columns.filter((_, index) => marks[index]!.startsWith('yes')).sort()];
    });

    expect(Object.fromEntries(shown)).toEqual(REACHES);
  });

  it('carry a payment from a browser to the gateway and back', async () => {
    const token = (
      await asks('internet', 'POST', '/dev/tokens', undefined, { subject: 'ada', role: 'payer' })
    ).body.token;
    const setup = await asks('internet', 'POST', '/v1/setup-intents', token, {
      type: 'card',
      flow: 'redirect',
      returnUrl: 'http://localhost:3000/back',
    });
    const [session] = /cs_test_\w+/.exec(setup.body.redirectUrl)!;
    await segments.agent('gateway-door').does('request', {
      url: `http://127.0.0.1:4010/_sandbox/checkout-sessions/${session}/complete`,
      method: 'POST',
      headers: {
        authorization: 'Bearer sk_test_sandbox',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'payment_method=pm_card_visa',
    });
    const card = await asks('internet', 'POST', `/v1/setup-intents/${setup.body.id}/completions`, token, {});
    const [invoice] = (await asks('internet', 'GET', '/v1/invoices', token)).body.data;

    const payment = await asks('internet', 'POST', `/v1/invoices/${invoice.id}/payments`, token, {
      paymentMethodId: card.body.id,
    });

    expect([payment.status, payment.body.status]).toEqual([201, 'succeeded']);
    const paid = await eventually(
      async () => (await asks('internet', 'GET', `/v1/invoices/${invoice.id}`, token)).body,
      ({ status }: Body) => status === 'paid', // the event came over the link
    );
    expect(paid.paymentId).toBe(payment.body.id);
  });

  async function isReached(from: string, to: string): Promise<boolean> {
    const answers = await Promise.all(
      segments.addresses(to).map((host) => segments.agent(from).does('reach', { host, port: PORTS[to] })),
    );
    return answers.includes('reached');
  }

  /** Somebody outside calls the application, by its published address. */
  function asks(from: string, method: string, path: string, token?: string, body?: object): Promise<Body> {
    return segments.agent(from).does('request', {
      url: `http://${segments.addresses('application-apart')[0]}:3000${path}`,
      method,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': path,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: body && JSON.stringify(body),
    });
  }

  async function startEverything(): Promise<void> {
    const [application, payments] = await Promise.all([
      database('postgres', 'tokenkeep_app'),
      database('payments-postgres', 'tokenkeep_payments'),
    ]);
    const key = linkKeyPair('first');
    await writeSecrets({
      database_url: application,
      payments_database_url: payments,
      payments_token_keys: `first:${Buffer.alloc(32, 1).toString('base64')}`,
      payments_audit_keys: `first:${Buffer.alloc(32, 2).toString('base64')}`,
      payments_link_signing_key: key.signing,
      payments_link_public_keys: key.known,
      payments_events_secrets: `whsec_${Buffer.alloc(32, 3).toString('base64')}`,
      stripe_secret_key: 'sk_test_sandbox',
      stripe_webhook_secrets: 'whsec_sandbox',
    });
    segments.start('gateway-door', [join(DIST, 'sandbox/main.js')], folder, {
      SANDBOX_DATA: join(folder, 'sandbox'),
      SANDBOX_WEBHOOK_URL: 'http://payments:3001/v1/webhooks/stripe',
    });
    await segments.run('migrate', [join(DIST, 'cli.js'), 'db', 'init'], folder, environmentOf('migrate'));
    await Promise.all([
      serves('payments', 'payments.main.js'),
      serves('application-apart', 'main.js'),
      segments.publish('gateway-door', 4010),
      segments.publish('internet', 443),
    ]);
  }

  /** A server on its own loopback, published on its segment. */
  async function database(name: string, role: string): Promise<string> {
    const written = segments.start(name, ['--input-type=module', '--eval', DATABASE], ROOT, {
      FOLDER: join(folder, name),
      ROLE: role,
    });
    const url = await eventually(
      async () => written().trim(),
      (text) => text.startsWith('postgres://'),
      25_000,
    );
    await segments.publish(name, 5432);
    return url.replace('127.0.0.1', name);
  }

  async function writeSecrets(secrets: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(secrets)) await writeFile(join(folder, name), value);
  }

  async function serves(name: string, script: string): Promise<void> {
    const written = segments.start(name, [join(DIST, script)], folder, environmentOf(name));
    await eventually(
      () =>
        segments
          .agent(name)
          .does('request', { url: `http://127.0.0.1:${PORTS[name]}/health/ready` })
          .catch(() => ({ status: written() })),
      ({ status }: Body) => status === 200,
      25_000,
    );
  }

  /** As compose gives it, with files of ours, development's tokens instead of an issuer's, and the sandbox as the gateway. */
  function environmentOf(name: string): Record<string, string> {
    const given = Object.entries(compose.services[name]!.environment).map(([variable, value]) => [
      variable,
      String(value)
        .replace('/run/secrets', folder)
        .replace(/\$\{\w+(?::-([^}]*)|:\?[^}]*)\}/, '$1'),
    ]);
    const { STRIPE_SECRET_KEY_FILE: isPayments, ...environment } = Object.fromEntries(given) as Record<
      string,
      string
    >;
    return {
      ...environment,
      ...(isPayments && {
        STRIPE_SECRET_KEY_FILE: isPayments,
        STRIPE_PUBLISHABLE_KEY: 'pk_test_sandbox',
        STRIPE_API_BASE: 'http://gateway-door:4010',
      }),
      DATA_FOLDER: join(folder, 'data'),
      AUTH_ISSUER: '',
      AUTH_AUDIENCE: '',
    };
  }
});
