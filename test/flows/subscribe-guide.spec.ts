import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Api, Body } from '../support/api.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { freePort } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'docs/guides/subscribe-to-events.md'), 'utf8');
const HOST = '127.0.0.1';

describe('the receiver of the guide', () => {
  let tokenkeep: Tokenkeep;
  let ops: Api;
  let endpoint: Body;
  let receiver: ChildProcess;
  let written = '';
  beforeAll(async () => {
    tokenkeep = await startTokenkeep({ environment: { EVENT_ENDPOINTS_PRIVATE_RANGES: HOST } });
    ops = await tokenkeep.as('ops');
    const port = await freePort();
    endpoint = (await ops.post('/v1/event-endpoints', { url: `http://${HOST}:${port}/` })).body;
    const [, code = ''] = /<!-- The receiver:[^]*?```js\n([^]*?)```/.exec(GUIDE) ?? [];
    receiver = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: ROOT, // where its one library is
      env: { PATH: process.env['PATH'], TOKENKEEP_SECRETS: endpoint.secret, HOST, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    receiver.stdout!.on('data', (text: Buffer) => (written += text.toString()));
    await eventually(
      () => fetch(endpoint.url).catch(() => null),
      (answer) => answer !== null,
    );
  });
  afterAll(async () => {
    receiver.kill();
    await Promise.all([once(receiver, 'exit'), tokenkeep.stop()]);
  });

  it('applies each event of a payment once, also when it is sent again', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 12_500);
    const order = { paymentMethodId: card.id };
    const { body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
    const lines = [`payment.created ${payment.id} 12500`, `payment.succeeded ${payment.id} 12500`];
    await eventually(
      async () => written,
      (text) => lines.every((line) => text.includes(line)),
    );

    await ops.post(`/v1/event-endpoints/${endpoint.id}/resends`, { since: payment.createdAt });

    await eventually(
      () =>
        tokenkeep.sql(
          `SELECT FROM payments.event_attempt JOIN payments.outbox_message ON outbox_message.id = message_id
            WHERE aggregate_id = $1 AND http_status = 204`,
          [payment.id],
        ),
      (tries) => tries.length === 2 * lines.length,
    );
    expect(written.split('\n').filter((line) => line.includes(payment.id))).toEqual(lines);
  });

  it('believes no other secret, no changed body and no old event', async () => {
    const body = JSON.stringify({ version: 1, id: '1', type: 'payment.succeeded' });
    const now = new Date();
    const ago = new Date(now.getTime() - 6 * 60_000);
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const send = async (secret: string, at: Date, sent = body) => {
      const headers = {
        'webhook-id': '1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('1', at, body),
      };
      return (await fetch(endpoint.url, { method: 'POST', headers, body: sent })).status;
    };

    const answers = await Promise.all([
      send(endpoint.secret, now),
      send(other, now),
      send(endpoint.secret, now, body.replace('succeeded', 'failed')),
      send(endpoint.secret, ago),
    ]);

    expect(answers).toEqual([204, 400, 400, 400]);
  });
});
