import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { type Letter, PostOffice } from '../support/post-office.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const AMOUNT_MINOR = 12_500;

/** Every gateway tells of disputes: news of one is what is handed on here. How Stripe signs its own: test/gateways/stripe-webhooks. */
let tokenkeep: Tokenkeep;
let post: PostOffice;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  post = await PostOffice.of(tokenkeep);
  finance = await tokenkeep.as('finance');
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(async () => {
  post.close();
  await tokenkeep.stop();
});

describe('news that the gateway may not have sent', () => {
  let news: Letter;
  let charge: string;
  beforeAll(async () => {
    ({ charge } = await paid());
    [news] = (await post.during(() => dispute(charge))) as [Letter];
  });

  it.each<[string, (letter: Letter) => Letter]>([
    ['says another amount than was signed', altered],
    [
      'lost its end on the way',
      ({ headers, body }) => ({ headers, body: body.subarray(0, body.length / 2) }),
    ],
    ['bears no signature', unsigned],
    ['bears the signature of other news', ({ headers }) => ({ headers, body: Buffer.from('{}') })],
    ['is nothing at all', ({ headers }) => ({ headers, body: Buffer.alloc(0) })],
  ])('is refused and forgotten when it %s', async (_, forge) => {
    const before = await inbox();

    const answer = await post.handOn(forge(news));

    expect([answer.status, answer.body.code]).toEqual([400, 'webhook_signature_invalid']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await inbox()).toEqual(before);
  });

  it('is refused and forgotten when somebody signed it who does not know our secret', async () => {
    const before = await inbox();
    const [forged] = await post.forgedDuring(async () => dispute((await paid()).charge));

    const answer = await post.handOn(forged!);

    expect([answer.status, answer.body.code]).toEqual([400, 'webhook_signature_invalid']);
    expect(await inbox()).toEqual(before);
  });

  it.each(['paypal', 'STRIPE', 'stripe2', '..%2fstripe', '__proto__', 'constructor'])(
    'is refused for the gateway %s, which we do not use',
    async (gateway) => {
      const answer = await post.handOn(news, gateway);

      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    },
  );

  it('is refused when it is larger than any news', async () => {
    const body = Buffer.concat([news.body, Buffer.alloc(256 * 1024, ' ')]);

    const answer = await post.handOn({ ...news, body });

    expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
  });
});

describe('news that the gateway sent', () => {
  it('ten times at once is stored once and has one effect', async () => {
    const { payment, charge } = await paid();
    const news = await post.during(() => dispute(charge));
    const before = (await inbox()).length;

    for (const letter of news) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => post.handOn(letter)));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    }

    await untilDispute(payment, isWithdrawn);
    expect((await inbox()).length - before).toBe(news.length);
    expect(await effectsOn(payment, 'dispute.opened')).toBe(1);
  });

  it('comes to the same in another order', async () => {
    const { payment, charge } = await paid();
    const news = await post.during(async () => {
      const { id } = await dispute(charge);
      await tokenkeep.sandbox.call('POST', `/_sandbox/disputes/${id}/close`, { status: 'lost' });
    });
    expect(news.length).toBeGreaterThan(1);

    for (const letter of news.reverse()) await post.handOn(letter);

    await untilDispute(payment, (it) => it?.status === 'lost' && isWithdrawn(it));
  });

  it('again, when it is old, changes nothing', async () => {
    const { payment, charge } = await paid();
    let id = '';
    const opened = await post.during(async () => ({ id } = await dispute(charge)));
    for (const letter of opened) await post.handOn(letter);
    await untilDispute(payment, isWithdrawn);
    const lost = await post.during(() =>
      tokenkeep.sandbox.call('POST', `/_sandbox/disputes/${id}/close`, { status: 'lost' }),
    );
    for (const letter of lost) await post.handOn(letter);
    await untilDispute(payment, (it) => it?.status === 'lost');

    for (const letter of opened) expect((await post.handOn(letter)).status).toBe(200);
    await tokenkeep.cli('webhooks', 'replay', '--status', 'processed');
    await untilApplied();

    await untilDispute(payment, (it) => it?.status === 'lost' && isWithdrawn(it));
  });

  it('has its effect when it comes only once the gateway sends it again', async () => {
    const { payment, charge } = await paid();
    await tokenkeep.sandbox.keepsWebhooksBack();
    expect(await post.during(() => dispute(charge))).toEqual([]);
    await tokenkeep.sandbox.worksAgain();

    for (const letter of await post.during(resendDisputes)) await post.handOn(letter);

    await untilDispute(payment, isWithdrawn);
  });

  it('is kept sealed, for an operator to look at', async () => {
    const { charge } = await paid();
    const [letter] = await post.during(() => dispute(charge));
    const before = new Set((await inbox()).map(({ id }) => id));

    await post.handOn(letter!);

    const event = (await inbox()).find(({ id }) => !before.has(id))!;
    const words = (await tokenkeep.cli('webhooks', 'show', event.id)).stdout.slice(1, 40);
    expect(letter!.body.toString()).toContain(words);
    const readable = await tokenkeep.sql(
      `SELECT FROM payments.webhook_event WHERE id = $1 AND position(convert_to($2, 'UTF8') in body) > 0`,
      [event.id, words],
    );
    expect(readable).toEqual([]);
  });

  it('about money that was never ours changes nothing', async () => {
    const before = await tokenkeep.sql('SELECT id, status, version FROM payments.payment ORDER BY id');
    const foreign = await tokenkeep.sandbox.call('POST', '/v1/payment_intents', {
      amount: '700',
      currency: 'usd',
      confirm: 'true',
      payment_method: 'pm_card_visa',
      return_url: 'http://127.0.0.1:3000/back',
    });

    for (const letter of await post.during(() => dispute(foreign['latest_charge'])))
      expect((await post.handOn(letter)).status).toBe(200);

    await untilApplied();
    expect(await tokenkeep.sql('SELECT id, status, version FROM payments.payment ORDER BY id')).toEqual(
      before,
    );
  });
});

describe('news that cannot be applied', () => {
  let poisoned: Body;
  let poison: Letter[];
  beforeAll(async () => {
    const { payment, charge } = await paid();
    poisoned = payment;
    await tokenkeep.sql(`CREATE FUNCTION payments.refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN RAISE 'this dispute cannot be kept'; END$$`);
    await tokenkeep.sql(`CREATE TRIGGER refuse BEFORE INSERT ON payments.dispute FOR EACH ROW
      WHEN (NEW.payment_id = '${poisoned.id}') EXECUTE FUNCTION payments.refuse()`);
    poison = await post.during(() => dispute(charge));
    for (const letter of poison) await post.handOn(letter);
  });

  it('is tried again with growing pauses, says why, and holds up nobody', async () => {
    const { payment, charge } = await paid();

    for (const letter of await post.during(() => dispute(charge))) await post.handOn(letter);

    await untilDispute(payment, isWithdrawn);
    const tried = await eventually(
      async () => (await stuck())[0],
      (it) => it?.tries >= 2,
    );
    expect(tried).toMatchObject({ status: 'failed', last_error: 'this dispute cannot be kept' });
    expect(Number(tried?.seconds)).toBeGreaterThanOrEqual(2 ** (tried!.tries - 1) - 1); // a second, then two, then four
  });

  it('is left to a person after about an hour, and has its effect once they replay it', async () => {
    const afterAnHour = async () => {
      await tokenkeep.sql(`UPDATE payments.webhook_event SET tries = 15, due_at = clock_timestamp()
        WHERE status = 'failed'`); // one that is being tried just now is not, yet
      return stuck();
    };
    await eventually(afterAnHour, (all) => all.every(({ status }) => status === 'parked'));
    expect(await disputeOf(poisoned)).toBeUndefined();

    await tokenkeep.sql('DROP TRIGGER refuse ON payments.dispute');
    await tokenkeep.cli('webhooks', 'replay', '--status', 'parked');

    await untilDispute(poisoned, isWithdrawn);
    await eventually(stuck, (all) => all.length === 0);
  });
});

function altered({ headers, body }: Letter): Letter {
  const form = new URLSearchParams(body.toString());
  const payload = form.get('bt_payload');
  if (payload === null) return { headers, body: changed(body) };
  form.set('bt_payload', `${changed(Buffer.from(payload, 'base64')).toString('base64')}\n`);
  return { headers, body: Buffer.from(form.toString()) };
}

function changed(said: Buffer): Buffer {
  const text = said.toString();
  const [amount, other] = text.includes('125.00') ? ['125.00', '125.01'] : ['12500', '12501'];
  expect(text).toContain(amount);
  return Buffer.from(text.replaceAll(amount, other));
}

/** In a header, in the news themselves, or in the form that holds them. */
function unsigned({ headers: { 'content-type': type }, body }: Letter): Letter {
  const text = body
    .toString()
    .replace(/"hmacSignature":"[^"]*"/, '"none":""')
    .replace(/bt_signature=[^&]*/, '');
  return { headers: { 'content-type': type! }, body: Buffer.from(text) };
}

/** A payment by card, and the gateway's charge for it. */
async function paid(): Promise<{ payment: Body; charge: string }> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  const invoice = await invoiceFor(tokenkeep, payer, AMOUNT_MINOR);
  const order = { paymentMethodId: card.id };
  const { body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
  const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
  return { payment, charge: taken!.charge };
}

function dispute(charge: string): Promise<Body> {
  return tokenkeep.sandbox.call('POST', `/_sandbox/charges/${charge}/dispute`);
}

async function resendDisputes(): Promise<void> {
  const { data } = await tokenkeep.sandbox.call('GET', '/v1/events?type=charge.dispute.*');
  for (const { id } of data as Body[]) await tokenkeep.sandbox.call('POST', `/_sandbox/events/${id}/resend`);
}

async function disputeOf({ id }: Body): Promise<Body> {
  const { data } = (await finance.get('/v1/disputes?limit=100')).body;
  return data.find((it: Body) => it.paymentId === id); // none while it is unknown
}

async function untilDispute(payment: Body, isThere: (dispute: Body) => boolean): Promise<void> {
  await eventually(() => disputeOf(payment), isThere);
}

function isWithdrawn(dispute: Body): boolean {
  return dispute?.withdrawnMinor === AMOUNT_MINOR;
}

function inbox(): Promise<Body[]> {
  return tokenkeep.sql('SELECT id, type FROM payments.webhook_event ORDER BY id');
}

function stuck(): Promise<Body[]> {
  return tokenkeep.sql(
    `SELECT status, tries, last_error, extract(epoch FROM clock_timestamp() - received_at) AS seconds
       FROM payments.webhook_event WHERE status <> 'processed' ORDER BY id`,
  );
}

async function untilApplied(): Promise<void> {
  await eventually(stuck, (all) => all.length === 0);
}

/** How often this was done to a payment, as the audit log has it. */
async function effectsOn({ id }: Body, action: string): Promise<number> {
  const rows = await tokenkeep.sql(
    `SELECT FROM payments.audit_entry WHERE target_id = $1 AND action = $2 AND kind = 'change'`,
    [id, action],
  );
  return rows.length;
}
