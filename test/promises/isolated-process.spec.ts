import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import type { Answer, Api, Body } from '../support/api.js';
import { callerOf, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { linkKeyOf, linkKeyPair } from '../support/link-keys.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let ada: Api;
let card: Body;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ shape: 'process', environment: { WORKERS: 'off' } });
  ada = await tokenkeep.as('payer');
  card = await savedCard(tokenkeep, ada);
});
afterAll(() => tokenkeep.stop());

describe('the application, where payments run alone', () => {
  it('hands on every public route of payments but the gateway’s', async () => {
    const document = (await (await fetch(`${tokenkeep.alone!.url}/openapi.json`)).json()) as Body;
    const routes = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, randomUUID())]),
    );
    const ours = routes.filter(([, path]) => !/^\/(health|dev|v1\/webhooks)\//.test(path!));

    const answers = await Promise.all(
      ours.map(async ([method, path]) => {
        const { status } = await fetch(tokenkeep.url + path, { method });
        return [method, path, status];
      }),
    );

    expect(ours.length).toBeGreaterThan(20);
    expect(answers.filter(([, , status]) => status !== 401)).toEqual([]);
    expect((await fetch(`${tokenkeep.url}/v1/webhooks/stripe`, { method: 'POST' })).status).toBe(404);
  });

  it('hands on bytes, token and answer as they are', async () => {
    const [here, there] = [
      await ada.get('/v1/payment-methods?limit=1'),
      await fetch(`${tokenkeep.alone!.url}/v1/payment-methods?limit=1`, {
        headers: { authorization: `Bearer ${ada.token}` },
      }),
    ];
    const wrong = await ada.post('/v1/setup-intents', '{"type": "card", "flow": ');
    const number = await ada.post('/v1/setup-intents', { type: 'card', flow: '4242424242424242' });

    expect(here.body).toEqual(await there.json());
    expect([wrong.status, wrong.body.code]).toEqual([400, 'malformed_body']);
    expect([number.status, number.body.code]).toEqual([422, 'card_data_rejected']);
  });

  it('lets nobody outside call what only the application may', async () => {
    const { status } = await ada.post('/link/v1/payment-methods', { payerId: payerIdOf(ada) });

    expect(status).toBe(404);
  });
});

describe('payments let in only the application, and a person only with their own token', () => {
  const HOUR_AGO = Math.floor(Date.now() / 1000) - 3_600;

  it.each<[string, () => Promise<string> | string]>([
    ['no token', () => ''],
    ['a person’s token', () => ada.token],
    ['a token of another key', () => serviceToken({ key: generateKeyPairSync('ed25519').privateKey })],
    ['a token of a key that nobody named', () => serviceToken({ kid: 'another' })],
    ['a token for another service', () => serviceToken({ audience: 'urn:tokenkeep:elsewhere' })],
    ['a token of another issuer', () => serviceToken({ issuer: 'urn:tokenkeep:elsewhere' })],
    ['a token that has ended', () => serviceToken({ issuedAt: HOUR_AGO })],
    ['a token that would be good for an hour', () => serviceToken({ issuedAt: HOUR_AGO, lifetime: '2 h' })],
    ['a token of another kind', () => serviceToken({ typ: 'at+jwt' })],
  ])('refuse %s', async (_, token) => {
    const answer = await link('payment-methods', { payerId: payerIdOf(ada) }, { service: await token() });

    expect([answer.status, answer.body.code]).toEqual([401, 'service_token_invalid']);
  });

  it('answer the application', async () => {
    const { status, body } = await link('payment-methods', { payerId: payerIdOf(ada) });

    expect([status, body.data.length]).toEqual([200, 1]);
  });

  it('refuse what a person is said to have asked for, without that person', async () => {
    const [ben, chris] = [await tokenkeep.as('payer'), await tokenkeep.as('finance')];
    const onSession = charge({ presence: { session: 'on' } });

    const answers = [
      await link('charges', onSession),
      await link('charges', onSession, { person: ben.token }),
      await link('charges', onSession, { person: chris.token }),
      await link('charges', { ...onSession, caller: 'billing' }),
      await link('charges', { ...onSession, caller: callerOf(ben) }, { person: ben.token }),
      await link('charges', charge({ caller: callerOf(ada) })),
      await link('repeats', { caller: callerOf(ada), idempotencyKey: 'k', input: {} }, { person: ben.token }),
      await link('payment-methods', { payerId: payerIdOf(ada) }, { person: ben.token }),
      await link('payment-method', { id: card.id, payerId: payerIdOf(ada) }, { person: ben.token }),
    ];

    expect(answers.map(({ body }) => body.code)).toEqual(answers.map(() => 'payer_token_required'));
    expect(await tokenkeep.sandbox.charges()).toEqual([]);
  });

  it('believe a person’s token no further than the routes of the person do', async () => {
    const answer = await link('payment-methods', { payerId: payerIdOf(ada) }, { person: `${ada.token}x` });

    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('refuse a form that the contract does not have', async () => {
    const answer = await link('charges', { ...charge({}), token: 'pm_card_visa' });

    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
  });

  it('exchange the key without a restart of either: two at once, then the new one alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-link-'));
    const [first, second] = [linkKeyPair('first'), linkKeyPair('second')];
    const files = {
      PAYMENTS_LINK_SIGNING_KEY_FILE: join(folder, 'signing'),
      PAYMENTS_LINK_PUBLIC_KEYS_FILE: join(folder, 'public'),
    };
    const { PAYMENTS_LINK_SIGNING_KEY_FILE: signing, PAYMENTS_LINK_PUBLIC_KEYS_FILE: known } = files;
    await writeFile(signing, first.signing);
    await writeFile(known, first.known);
    const own = await startTokenkeep({ shape: 'process', environment: { WORKERS: 'off', ...files } });
    const answers = async () =>
      own.payments.paymentMethods('somebody').then(
        () => 'answered',
        (error: { code: string }) => error.code,
      );
    const exchange = async (file: string, text: string) => {
      await writeFile(file, text);
      process.emit('SIGHUP');
    };

    const seen = [await answers()];
    await exchange(signing, second.signing);
    seen.push(await answers());
    await exchange(known, `${second.known},${first.known}`);
    seen.push(await answers());
    await exchange(signing, first.signing);
    seen.push(await answers());
    await exchange(known, second.known);
    seen.push(await answers());
    await own.stop();

    expect(seen).toEqual([
      'answered',
      'payments_unavailable',
      'answered',
      'answered',
      'payments_unavailable',
    ]);
  });

  async function serviceToken({
    key,
    kid = 'development',
    issuer = 'urn:tokenkeep:application',
    audience = 'urn:tokenkeep:payments',
    issuedAt,
    lifetime = '60 s',
    typ = 'tokenkeep-service+jwt',
  }: {
    key?: KeyObject;
    [more: string]: unknown;
  } = {}): Promise<string> {
    const text = await readFile(join(process.env['TEST_FOLDER']!, 'payments-link-key'), 'utf8');
    return new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA', typ: String(typ), kid: String(kid) })
      .setIssuer(String(issuer))
      .setSubject('application')
      .setAudience(String(audience))
      .setJti(randomUUID())
      .setIssuedAt(issuedAt as number | undefined)
      .setExpirationTime(issuedAt && lifetime === '60 s' ? (issuedAt as number) + 60 : (lifetime as string))
      .sign(key ?? linkKeyOf(text));
  }

  async function link(
    route: string,
    body: object,
    { service, person }: { service?: string; person?: string } = {},
  ): Promise<Answer> {
    const answer = await fetch(`${tokenkeep.alone!.url}/link/v1/${route}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service ?? (await serviceToken())}`,
        'content-type': 'application/json',
        ...(person ? { 'tokenkeep-person': person } : {}),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }

  function charge(over: object) {
    return {
      caller: 'billing',
      idempotencyKey: randomUUID(),
      input: {},
      payerId: payerIdOf(ada),
      paymentMethodId: card.id,
      amountMinor: 100,
      currency: 'USD',
      obligation: randomUUID(),
      presence: { session: 'off' },
      ...over,
    };
  }
});

describe('while payments are away', () => {
  afterEach(() => tokenkeep.alone!.startAgain());

  it('reading saved methods and paying say so and when to come again; invoices go on; nothing is half paid', async () => {
    const [invoice, planned] = [await invoiceFor(tokenkeep, ada), await invoiceFor(tokenkeep, ada)];
    const plan = { invoiceId: planned.id, paymentMethodId: card.id, instalments: 2 };
    const key = randomUUID();
    await tokenkeep.alone!.stop();

    const refused = [
      await ada.get('/v1/payment-methods'),
      await ada.get('/v1/payments'),
      await ada.postOnce('/v1/setup-intents', { type: 'card', flow: 'redirect' }),
      await pay(invoice, key),
      await ada.postOnce('/v1/plans', plan),
      await pay(planned, randomUUID()),
    ];
    const another = await invoiceFor(tokenkeep, ada);
    const list = await ada.get('/v1/invoices');
    const ready = await fetch(`${tokenkeep.url}/health/ready`);
    await tokenkeep.alone!.startAgain();
    const paid = await pay(invoice, key);
    const begun = await ada.postOnce('/v1/plans', plan); // no payment stands in its way

    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([503, 'payments_unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(list.body.data.map(({ id }: Body) => id)).toEqual([another.id, planned.id, invoice.id]);
    expect(ready.status).toBe(200);
    expect([paid.status, paid.body.status]).toEqual([201, 'succeeded']);
    expect([begun.status, begun.body.status]).toEqual([201, 'active']);
    expect(await tokenkeep.sandbox.charges()).toHaveLength(1);
    await tokenkeep.alone!.stop();
  });
});

describe('when the answer of payments is lost on the way', () => {
  let between: Between;
  afterEach(() => between.close());

  it('the call is repeated with its key, and happens once', async () => {
    between = await Between.open(tokenkeep.alone!.url);
    const near = await startTokenkeep({
      beside: tokenkeep,
      shape: 'process',
      environment: { WORKERS: 'off', PAYMENTS_URL: between.url },
    });
    const before = (await tokenkeep.sandbox.charges()).length;
    const [first, second] = [await invoiceFor(tokenkeep, ada), await invoiceFor(tokenkeep, ada)];
    const there = await near.as('payer', ada.subject);
    await there.get('/v1/invoices');

    between.losesAnswersTo('/link/v1/charges', 1);
    const repeated = await there.postOnce(`/v1/invoices/${first.id}/payments`, { paymentMethodId: card.id });
    between.losesAnswersTo('/link/v1/charges', 9);
    const key = randomUUID();
    const lost = await there.post(
      `/v1/invoices/${second.id}/payments`,
      { paymentMethodId: card.id },
      { idempotencyKey: key },
    );
    between.losesAnswersTo('/link/v1/charges', 0);
    const asked = await there.post(
      `/v1/invoices/${second.id}/payments`,
      { paymentMethodId: card.id },
      { idempotencyKey: key },
    );
    await near.stop();

    expect(repeated.body.status).toBe('succeeded');
    expect([lost.status, lost.body.code]).toEqual([503, 'payment_outcome_unknown']);
    expect(lost.headers.get('retry-after')).not.toBeNull();
    expect([asked.status, asked.body.status]).toEqual([200, 'succeeded']);
    expect(await tokenkeep.sandbox.charges()).toHaveLength(before + 2);
  });
});

function pay(invoice: Body, idempotencyKey: string): Promise<Answer> {
  return ada.post(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id }, { idempotencyKey });
}

/** Stands between the two, and cuts the connection when an answer comes that is to be lost. */
class Between {
  #route = '';
  #times = 0;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  static async open(upstream: string): Promise<Between> {
    const { port } = new URL(upstream);

    const server = createServer((near: Socket) => {
      const far = connect(Number(port), '127.0.0.1');
      let isLost = false;
      near.on('data', (bytes: Buffer) => {
        isLost = between.takes(bytes.toString());
        far.write(bytes);
      });
      far.on('data', (bytes: Buffer) => (isLost ? near.destroy() : near.write(bytes)));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => undefined);
        one.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const between: Between = new Between(server, (server.address() as { port: number }).port);
    return between;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  losesAnswersTo(route: string, times: number): void {
    this.#route = route;
    this.#times = times;
  }

  takes(request: string): boolean {
    if (this.#times === 0 || !request.startsWith(`POST ${this.#route}`)) return false;
    this.#times--;
    return true;
  }

  close(): void {
    this.server.close();
  }
}
