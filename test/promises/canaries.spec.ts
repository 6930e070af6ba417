import { execFile } from 'node:child_process';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { everyRow } from '../support/databases.js';
import { itWith } from '../support/gateways.js';
import { eventually, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { NODE_OPTIONS } from '../support/node.js';
import { endPrograms, environmentBeside, freePort, Program } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const CARD = '4000056655665556';
const GROUPED = '4000 0566 5566 5556';
const ROOT = join(import.meta.dirname, '../..');

/** What is logged by a program whose every line holds the number. */
const LINES: Record<string, string> = {
  'a message': `logger.warn('paid by ${CARD}')`,
  'a field': `logger.warn({ note: '${GROUPED}', list: ['${CARD}'] }, 'paid')`,
  'the name of a field': `logger.warn({ '${CARD}': true }, 'paid')`,
  'an error': `logger.error({ err: new Error('no ${CARD}') }, 'failed')`,
  'the cause of an error': `logger.error({ err: new Error('no', { cause: new Error('${CARD}') }) }, 'failed')`,
  'a stack': `logger.error('failed', 'Error: ${CARD}\\n at here')`,
  base64: `logger.warn(Buffer.from('${CARD}').toString('base64'))`,
  'an error of TypeORM, its statement, its parameters and its detail': `logger.error({ err: new QueryFailedError("SELECT '${CARD}'", ['${GROUPED}'], Object.assign(new Error('x'), { detail: 'Key (note)=(${CARD})' })) }, 'failed')`,
  'the answer of class-validator': `logger.error({ errors: [{ target: { n: '${CARD}' }, value: '${CARD}' }] }, 'bad')`,
};

const CRASHES: Record<string, string> = {
  'a start that fails': `runProgram(async () => { throw new Error('${CARD}') })`,
  'an error that nobody caught': `runProgram(() => new Promise(() => undefined)); setTimeout(() => { throw new Error('${CARD}') })`,
  'a promise that nobody awaited': `runProgram(() => new Promise(() => undefined)); void Promise.reject(new Error('${CARD}'))`,
};

/** The ways out of the program beside its databases: what got past the door by mistake is not handed on. */
const LEAVING: Record<string, string> = {
  'a call of the gateway': `
    const { WatchedGateway } = await import('./dist/payments/gateway/watched-gateway.js');
    const adapter = { name: 'stripe', onAnswer() {}, async refund() { console.log('reached the outside'); } };
    const { gateway } = new WatchedGateway(adapter, { GATEWAY_BREAKER: 'off' }, { startTimer: () => () => 0 });
    await gateway.refund({ refundId: '1', reason: 'card ${GROUPED}' });`,
  'a mail': `
    const { Mailer } = await import('./dist/notifications/mailer.js');
    const database = { query: async () => console.log('reached the outside') };
    const mailer = new Mailer(database, { goesTo: 'inbox' }, { now: () => new Date() }, {});
    await mailer.send({ id: '1', to: { name: 'Ada', email: 'ada@example.edu' }, subject: 'Paid', text: 'by ${GROUPED}', html: '' });`,
  'an event for another program': `
    const { signedEvent } = await import('./dist/payments/event-endpoint/signed-event.js');
    signedEvent({ id: '1', type: 'payment.succeeded', payment: { obligation: '${CARD}' } }, []);
    console.log('reached the outside');`,
};

let logged: Promise<Ended>;
let crashed: Record<string, Promise<Ended>>;
let reported: Promise<Ended>;
let left: Promise<Ended>;

/** Programs of a few lines, all at once, while the other tests run: most of their time is Node's start. */
function startPrograms(): void {
  logged = run(`
    import { NestFactory } from '@nestjs/core';
    import { Logger } from 'nestjs-pino';
    import { QueryFailedError } from 'typeorm';
    import { PlatformConfig } from './dist/platform/platform.config.js';
    import { PlatformModule } from './dist/platform/platform.module.js';
    const app = await NestFactory.createApplicationContext(PlatformModule.configure(new PlatformConfig()), { bufferLogs: true });
    const logger = app.get(Logger);
    ${Object.entries(LINES)
      .map(([of, statement]) => `logger.warn('before ${of}'); ${statement}; logger.warn('after ${of}');`)
      .join('\n')}`);
  left = run(
    Object.entries(LEAVING)
      .map(
        ([way, statements]) =>
          `await (async () => {${statements}})().catch((error) => console.log('${way}: ' + (error.code ?? error.stack)));`,
      )
      .join('\n'),
  );
  const begin = `import { runProgram } from './dist/platform/program.js';`;
  crashed = Object.fromEntries(
    Object.entries(CRASHES).map(([of, statement]) => [of, run(`${begin} ${statement};`)]),
  );
  reported = run(
    `${begin}
     runProgram(() => new Promise(() => undefined));
     console.log(JSON.stringify(process.report.getReport()));
     process.exit(0);`,
    { NOTE: CARD },
  );
}

let tokenkeep: Tokenkeep;
let program: Program;
let payer: Api;
beforeAll(async () => {
  startPrograms();
  tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
  const port = await freePort();
  const environment = { ...environmentBeside(tokenkeep), PORT: String(port), LOG_LEVEL: 'trace' };
  program = await Program.start('main.js', process.env['TEST_FOLDER']!, environment, port);
  payer = await Api.signIn(program.url, 'payer', 'some-payer');
});
afterAll(async () => {
  await endPrograms();
  await tokenkeep.stop();
});

describe('a card number at the door', () => {
  it('in a form, its fields, file names and part headers is not read, and nothing of it is written', async () => {
    const form = new FormData();
    form.set(CARD, GROUPED);
    form.set('file', new Blob([CARD], { type: 'text/plain' }), `${CARD}.txt`);

    const answer = await fetch(`${program.url}/v1/setup-intents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${payer.token}` },
      body: form,
    });

    expect(answer.status).toBe(415);
    await expectUnwritten(await answer.text());
  });

  it('in a compressed body is not unpacked', async () => {
    const answer = await payer.send('POST', '/v1/setup-intents', '{}', {
      headers: { 'content-encoding': 'gzip' },
    });

    expect(answer.status).toBe(415);
  });

  it('in the parts of several fields is refused', async () => {
    const body = {
      type: 'card',
      flow: 'embedded',
      card1: '4000',
      card2: '0566',
      card3: '5566',
      card4: '5556',
    };

    const answer = await payer.post('/v1/setup-intents', body);

    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ path: 'card1', message: 'must not hold a card number' }],
    ]);
  });

  it('makes a security code or a PIN beside it refused by itself, in a body and in a query', async () => {
    for (const [name, value] of [
      ['cvc', '123'],
      ['cardPin', '1234'],
    ] as const) {
      const inBody = await payer.post('/v1/setup-intents', { type: 'card', [name]: value });
      const inQuery = await payer.get(`/v1/payments?${name}=${value}`);

      expect([inBody.status, inBody.body.errors[0].path, inQuery.status]).toEqual([422, name, 422]);
    }
  });

  it('in a cookie, or in the name of a header, is refused', async () => {
    const places: Record<string, string>[] = [{ cookie: `last=${CARD}` }, { [`x-${CARD}`]: 'a' }];
    for (const headers of places) {
      const answer = await payer.send('GET', '/v1/payments', undefined, { headers });

      expect(answer.status).toBe(422);
      await expectUnwritten(JSON.stringify(answer.body));
    }
  });
});

describe('a card number in an event of the gateway', () => {
  itWith(
    'stripe',
    'is not stored: the event is parked without it, with the digest of its bytes, until an operator applies it',
    async () => {
      const body = JSON.stringify({
        id: `evt_${randomUUID()}`,
        object: 'event',
        type: 'payment_intent.created',
        livemode: false,
        created: now(),
        data: {
          object: { id: 'pi_of_nobody', object: 'payment_intent', description: `call me, card ${GROUPED}` },
        },
      });

      const answer = await webhook(body);

      expect(answer.status).toBe(200);
      const [event] = await eventsNamed(body);
      expect([event!.status, event!.last_error, event!.due_at]).toEqual(['parked', 'card_data', null]);
      expect(event!.raw_sha256).toEqual(createHash('sha256').update(body).digest());
      expect(await program.written()).toContain('webhook event parked: it holds a card number');
      await expectUnwritten();
    },
  );

  itWith('stripe', 'is no reason to park one with a number of the network only', async () => {
    const body = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type: 'charge.updated',
      livemode: false,
      created: now(),
      data: { object: { id: 'ch_1', object: 'charge', network_transaction_id: '378282246310005' } },
    });

    await webhook(body);

    const [event] = await eventsNamed(body);
    expect(event!.raw_sha256).toBeNull();
    expect(event!.status).not.toBe('parked');
  });
});

describe('a card number on its way out', () => {
  it('is refused by both databases, whichever module brings it', async () => {
    const charge = tokenkeep.payments.charge({
      payerId: payerIdOf(payer),
      paymentMethodId: (await savedCard(tokenkeep, payer)).id,
      amountMinor: 100,
      currency: 'USD',
      obligation: `card ${CARD}`,
      presence: { session: 'off' },
      caller: 'test',
      idempotencyKey: randomUUID(),
      input: {},
    });

    await expect(charge).rejects.toMatchObject({ code: 'card_data_rejected' });
    await expectUnwritten();
  });

  it.each(Object.keys(LINES))('is not in the log line of %s', async (of) => {
    const { output } = await logged;
    const lines = output.slice(output.indexOf(`before ${of}`), output.indexOf(`after ${of}`));

    expect(lines).toContain('card number removed');
    expectNoCard(output);
  });

  it.each(Object.keys(CRASHES))('is not in what a process says of %s', async (of) => {
    const { code, output } = await crashed[of]!;

    expect(code).toBe(1);
    expect(output).toContain('card number removed');
    expectNoCard(output);
  });

  it('in the environment is not in the report that Node writes of a crash', async () => {
    const { output } = await reported;

    expect(output).toContain('"header"');
    expectNoCard(output);
  });

  it.each(Object.keys(LEAVING))('is refused before it leaves by %s', async (way) => {
    const { output } = await left;

    expect(output).toContain(`${way}: card_data_rejected`);
    expect(output).not.toMatch(/reached the outside/);
    expectNoCard(output);
  });

  it('is in no metric, no outbox message, no mail and no other row, nor in any line that the program wrote', async () => {
    await invoiceFor(tokenkeep, payer);
    await payer.get(`/v1/payments/${CARD}`);

    await expectUnwritten(await (await fetch(`${program.url}/metrics`)).text());
  });
});

async function expectUnwritten(answer = ''): Promise<void> {
  expectNoCard(answer);
  expectNoCard(await program.written());
  for (const row of await everyRow(tokenkeep.database)) expectNoCard(row);
}

/** However it is grouped. */
function expectNoCard(text: string): void {
  expect(text.replace(/(?<=\d)(%20|[\s._+-])(?=\d)/g, '')).not.toContain(CARD);
  expect(text).not.toContain(Buffer.from(CARD).toString('base64').slice(0, 16));
}

async function webhook(body: string): Promise<Response> {
  const at = now();
  const signature = createHmac('sha256', tokenkeep.webhookSecret).update(`${at}.${body}`).digest('hex');
  return fetch(`${program.url}/v1/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` },
    body,
  });
}

interface StoredEvent {
  status: string;
  last_error: string | null;
  due_at: Date | null;
  raw_sha256: Buffer | null;
}

function eventsNamed(body: string): Promise<StoredEvent[]> {
  const { id } = JSON.parse(body) as { id: string };
  return eventually(
    () =>
      tokenkeep.sql<StoredEvent>(
        'SELECT status, last_error, due_at, raw_sha256 FROM payments.webhook_event WHERE provider_event_id = $1',
        [id],
      ),
    (rows) => rows.length > 0,
  );
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

interface Ended {
  code: number;
  output: string;
}

/** A program of a few lines, with the built tree beside it. */
function run(text: string, environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...NODE_OPTIONS, '--input-type=module', '-e', text],
      { cwd: ROOT, env: { PATH: process.env['PATH'], ...environment } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}
