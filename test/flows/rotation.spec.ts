import { createHmac } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'tokenkeep-secrets-')), 'webhooks');
  await writeFile(file, 'whsec_first\n');
  tokenkeep = await startTokenkeep({
    environment: { WORKERS: 'off', STRIPE_WEBHOOK_SECRETS: '', STRIPE_WEBHOOK_SECRETS_FILE: file },
    webhookSecret: 'whsec_first',
  });
});
afterAll(() => tokenkeep.stop());

it('exchanges the secret of webhooks in its file without a restart: two at once, then the new one alone', async () => {
  expect(await deliveries()).toEqual({ first: 'taken', second: 'refused' });

  await exchange('whsec_second, whsec_first');
  expect(await deliveries()).toEqual({ first: 'taken', second: 'taken' });

  await exchange('whsec_second');
  expect(await deliveries()).toEqual({ first: 'refused', second: 'taken' });
});

it.each(['', 'not a secret', 'whsec_third, nonsense'])(
  'keeps those it has when the file holds %j',
  async (wrong) => {
    await exchange('whsec_first, whsec_second');

    await exchange(wrong);

    expect(await deliveries()).toEqual({ first: 'taken', second: 'taken' });
  },
);

async function exchange(text: string): Promise<void> {
  await writeFile(file, text);
  process.emit('SIGHUP');
}

/** What becomes of an event by which secret it is signed. */
async function deliveries(): Promise<Record<string, string>> {
  const [first, second] = [await delivered('whsec_first'), await delivered('whsec_second')];
  return { first, second };
}

async function delivered(secret: string): Promise<string> {
  const body = JSON.stringify({
    id: `evt_${Math.random()}`,
    object: 'event',
    type: 'customer.created',
    created: 1,
    data: { object: { id: 'cus_1', object: 'customer' } },
  });
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  const { status } = await fetch(`${tokenkeep.url}/v1/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` },
    body,
  });
  return status < 300 ? 'taken' : status === 400 ? 'refused' : String(status);
}
