import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import type { CliAnswer } from '../support/cli.js';
import { eventually, invoiceFor, payerIdOf, savedCard, savedLastAtGateway } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const RETURN_URL = 'http://127.0.0.1:3000/back';
const ENDS = ['--from', 'stripe', '--to', 'adyen'];
const HEADER = 'old_token,new_token,new_customer';

let tokenkeep: Tokenkeep;
let finance: Api;
let folder: string;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ gateway: 'stripe', also: ['adyen'] });
  finance = await tokenkeep.as('finance');
  folder = await mkdtemp(join(tmpdir(), 'tokenkeep-mapping-'));
});
afterAll(() => tokenkeep.stop());

/** A card that a payer of its own saved with Stripe. */
interface Saved {
  payer: Api;
  card: Body;
  token: string;
}

async function saved(name?: string): Promise<Saved> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, name);
  return { payer, card, token: await savedLastAtGateway(tokenkeep) };
}

/** What Adyen's import makes of a card: stored details under the shopper reference that was agreed. */
async function imported(shopper: string, card = 'pm_card_visa'): Promise<string> {
  const { sandbox } = tokenkeep;
  const customer = await sandbox.call('POST', '/v1/customers', { 'metadata[shopper_reference]': shopper });
  await sandbox.call('POST', `/v1/payment_methods/${card}/attach`, { customer: customer.id });
  const [stored] = await storedAtAdyen(shopper);
  return stored!.id;
}

async function storedAtAdyen(shopper: string): Promise<Body[]> {
  const { address, secretKey } = tokenkeep.sandbox;
  const asked = `merchantAccount=SandboxECOM&shopperReference=${shopper}`;
  const answer = await fetch(`${address}/v72/storedPaymentMethods?${asked}`, {
    headers: { 'x-api-key': secretKey.replace('sk_', 'AQE_') },
  });
  return ((await answer.json()) as Body).storedPaymentMethods;
}

let files = 0;
async function mappingOf(...lines: string[]): Promise<string> {
  const path = join(folder, `mapping-${files++}.csv`);
  await writeFile(path, [HEADER, ...lines, ''].join('\r\n'));
  return path;
}

async function migrate(...more: string[]): Promise<CliAnswer> {
  return tokenkeep.cli('methods', 'migrate', ...ENDS, ...more);
}

async function pay({ payer, card }: Saved, invoice?: Body): Promise<Body> {
  const { id } = invoice ?? (await invoiceFor(tokenkeep, payer));
  const order = { paymentMethodId: card.id, returnUrl: RETURN_URL };
  return (await payer.postOnce(`/v1/invoices/${id}/payments`, order)).body;
}

/** How many saved cards are charged at Adyen. */
async function atAdyen(): Promise<number> {
  const [row] = await tokenkeep.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM payments.payment_method WHERE gateway = 'adyen' AND status <> 'removed'`,
  );
  return row!.count;
}

async function paidAt(payment: Body): Promise<string[]> {
  const attempts = await tokenkeep.sql<{ gateway: string }>(
    'SELECT gateway FROM payments.payment_attempt WHERE payment_id = $1',
    [payment.id],
  );
  return attempts.map((it) => it.gateway);
}

async function chargesOf(payment: Body): Promise<number> {
  const charges = await tokenkeep.sandbox.charges();
  return charges.filter((it) => it.metadata.payment_id === payment.id).length;
}

function becomes(payment: Body, status: string): Promise<Body> {
  return eventually(
    async () => (await finance.get(`/v1/payments/${payment.id}`)).body,
    (it) => it.status === status,
  );
}

/** `3 moved` and the like, without the lines. */
function countsIn({ stdout }: CliAnswer): string[] {
  return stdout.split('\n').filter((it) => /^\d/.test(it));
}

describe('saved cards move from Stripe to Adyen', () => {
  const MOVING = 6;
  let card: Saved;
  let open: Saved;
  let wrong: Saved;
  let mapping: string;
  let before: Body;
  let openPayment: Body;
  let openInvoice: Body;
  const secrets: string[] = [];

  async function lineOf({ token, card: { id } }: Saved, there = 'pm_card_visa'): Promise<string> {
    const shopper = `shopper-${id}`;
    const stored = await imported(shopper, there);
    secrets.push(token, stored);
    return `${token},${stored},${shopper}`;
  }

  beforeAll(async () => {
    [card, open, wrong] = [await saved(), await saved(), await saved('pm_card_mastercard')];
    const gone = await saved();
    await gone.payer.delete(`/v1/payment-methods/${gone.card.id}`);
    const lines = [await lineOf(card), await lineOf(open)];
    while (lines.length < MOVING) lines.push(await lineOf(await saved()));
    mapping = await mappingOf(
      ...lines, //                                          lines 2 to 7
      'pm_nobody_has_this,AAAA1111BBBB2222,shopper-8', //   line 8
      await lineOf(wrong, 'pm_card_visa'), //               line 9: a Mastercard here
      await lineOf(gone), //                                line 10
      'only one value', //                                  line 11
      `4242 4242 4242 4242,AAAA1111BBBB3333,shopper-12`, // line 12
      lines[0]!, //                                         line 13
      'pm_twice,AAAA1111BBBB4444,shopper-14', //            line 14, and 15 says something else of it
      'pm_twice,AAAA1111BBBB5555,shopper-14',
      `${wrong.token},8415718415172204,`, //                line 16: Adyen needs the shopper's reference
    );
    before = await pay(card);
    openInvoice = await invoiceFor(tokenkeep, open.payer);
    await tokenkeep.sandbox.breaks({
      does: 'answer_503',
      on: 'POST /v1/payment_intents/*/confirm',
      times: 4,
    });
    openPayment = await pay(open, openInvoice);
  });

  it('not in a dry run, which says what would be, and what is wrong with each line', async () => {
    const answer = await migrate('--mapping', mapping, '--dry-run');

    const told = answer.stdout.split('\n').filter((it) => it.startsWith('line '));
    expect(told.map((it) => it.split(',')[0])).toEqual([
      'line 8: unknown_token',
      'line 9: differs',
      'line 10: removed',
      'line 11: bad_line',
      'line 12: card_number',
      'line 13: duplicated_line',
      'line 14: duplicated_line',
      'line 15: duplicated_line',
      'line 16: bad_line',
    ]);
    expect(countsIn(answer)[0]).toBe(`${MOVING} would be moved`);
    expect(answer.exitCode).toBe(2);
    for (const secret of [...secrets, 'pm_nobody_has_this', '4242 4242'])
      expect(answer.stdout + answer.stderr).not.toContain(secret);
    expect(await atAdyen()).toBe(0);
  });

  it('going on where the command was killed', async () => {
    await tokenkeep.sandbox.breaks({
      does: 'delay',
      on: 'GET /v72/*',
      delay_ms: 60_000,
      skip: 2,
      times: 1_000,
    });
    const killed = spawn(
      process.execPath,
      ['dist/cli.js', 'methods', 'migrate', ...ENDS, '--mapping', mapping],
      { env: tokenkeep.environment, stdio: 'ignore' },
    );
    await eventually(atAdyen, (count) => count > 0);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await tokenkeep.sandbox.worksAgain();
    const first = await atAdyen();

    const rest = await migrate('--mapping', mapping);

    expect(first).toBeLessThan(MOVING);
    expect(countsIn(rest).slice(0, 2)).toEqual([`${MOVING - first} moved`, `${first} already_moved`]);
    expect([rest.exitCode, await atAdyen()]).toEqual([2, MOVING]);
  });

  it('and are charged at Adyen from then on, with their owner there or away, under the same id', async () => {
    const payment = await pay(card);
    const away = await finance.postOnce('/v1/payments', {
      payerId: before.payerId,
      paymentMethodId: card.card.id,
      amountMinor: 700,
      currency: 'USD',
      obligation: `away:${card.card.id}`,
    });

    expect([payment.status, away.body.status]).toEqual(['succeeded', 'succeeded']);
    expect([await paidAt(payment), await paidAt(away.body)]).toEqual([['adyen'], ['adyen']]);
    expect((await card.payer.get(`/v1/payment-methods/${card.card.id}`)).body).toEqual(card.card);
  });

  it('while money that was paid before goes back through Stripe', async () => {
    const { body } = await finance.postOnce(`/v1/payments/${before.id}/refunds`, { amountMinor: 500 });

    expect(body).toMatchObject({ status: 'succeeded' });
    expect((await tokenkeep.sandbox.call('GET', '/v1/refunds')).data).toMatchObject([{ amount: 500 }]);
  });

  it('while a charge that is open ends at Stripe, with the token that it began with, and once', async () => {
    const again = await pay(open, openInvoice);
    expect(again.code).toBe('obligation_has_open_payment');

    await tokenkeep.sql(
      'UPDATE payments.payment_attempt SET due_at = clock_timestamp() WHERE payment_id = $1',
      [openPayment.id],
    );
    await becomes(openPayment, 'succeeded');

    expect([await paidAt(openPayment), await chargesOf(openPayment)]).toEqual([['stripe'], 1]);
    const next = await pay(open);
    expect([next.status, await paidAt(next)]).toEqual(['succeeded', ['adyen']]);
  });

  it('with an entry in the history and in the audit log, which tells both gateways and no token', async () => {
    const { body } = await card.payer.get(`/v1/payment-methods/${card.card.id}/history`);
    expect(body.data[0]).toMatchObject({ reason: 'moved', byWhom: 'operator' });

    const entries = await tokenkeep.sql<{ change: Body }>(
      `SELECT change FROM payments.audit_entry WHERE target_id = $1 AND change ->> 'reason' = 'moved'`,
      [card.card.id],
    );
    expect(entries).toMatchObject([{ change: { fromGateway: 'stripe', toGateway: 'adyen' } }]);
    const commands = await tokenkeep.sql<{ action: string }>(
      `SELECT action FROM payments.audit_entry WHERE action LIKE 'command.methods_migrate%'`,
    );
    expect(commands.map((it) => it.action).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'command.methods_migrate'),
      'command.methods_migrate_done', // not of the rehearsal, nor of what was killed
    ]);
    const log = await tokenkeep.sql<{ all: string }>(
      `SELECT string_agg(it::text, ' ') AS all FROM payments.audit_entry it`,
    );
    for (const secret of secrets) expect(log[0]!.all).not.toContain(secret);
  });

  it('and back, as long as the old tokens are kept', async () => {
    const answer = await migrate('--rollback');

    expect(answer).toMatchObject({ exitCode: 0, stdout: `${MOVING} moved\n` });
    const payment = await pay(card);
    expect([payment.status, await paidAt(payment)]).toEqual(['succeeded', ['stripe']]);
  });

  it('and there again, but never to a token of another payer, nor to one that Adyen does not know', async () => {
    const [, line, , another] = (await readFile(mapping, 'utf8')).split('\r\n');
    const [, newToken, shopper] = another!.split(',');

    const answer = await migrate(
      '--mapping',
      await mappingOf(
        line!,
        `${open.token},${newToken},${shopper}`,
        `${wrong.token},8415718415172204,shopper-nobody`,
      ),
    );

    expect(answer.stdout).toMatch(/^line 3: token_in_use.*\nline 4: token_unknown_there/);
    expect(await atAdyen()).toBe(1);
  });

  it('until the window ends: the old token is given up at Stripe, and the new one is charged', async () => {
    const atStripe = () => tokenkeep.sandbox.call('GET', `/v1/payment_methods/${card.token}`);
    expect((await atStripe()).customer).not.toBeNull();

    expect((await migrate('--finish')).stdout).toBe('1 tokens are being detached at stripe.\n');

    await eventually(atStripe, (it) => it.customer === null);
    const payment = await pay(card);
    expect([payment.status, await paidAt(payment)]).toEqual(['succeeded', ['adyen']]);
  });

  it('or their owner removes one: nothing of it is left at either', async () => {
    const { payer, card: method } = card;

    await payer.delete(`/v1/payment-methods/${method.id}`);

    await eventually(
      () => storedAtAdyen(`shopper-${method.id}`),
      (it) => it.length === 0,
    );
    const kept = () =>
      tokenkeep.sql(
        `SELECT FROM payments.payment_method_task
          WHERE payment_method_id = $1 AND (sealed_token IS NOT NULL OR token_digest IS NOT NULL)`,
        [method.id],
      );
    await eventually(kept, (it) => it.length === 0); // marked once the gateway has said so
  });
});

it('moves a card from Adyen to Stripe as well, where the same card is known again', async () => {
  const atAdyensTime = await startTokenkeep({ gateway: 'adyen', also: ['stripe'], beside: tokenkeep });
  const payer = await atAdyensTime.as('payer');
  const method = await savedCard(atAdyensTime, payer);
  await atAdyensTime.stop();
  const shopper = payerIdOf(payer);
  const [stored] = await storedAtAdyen(shopper);
  const customer = await tokenkeep.sandbox.call('POST', '/v1/customers', {});
  const copied = await tokenkeep.sandbox.call('POST', '/v1/payment_methods/pm_card_visa/attach', {
    customer: customer.id,
  });
  const path = join(folder, 'to-stripe.csv');
  await writeFile(path, `old_customer,old_token,new_token\n${shopper},${stored!.id},${copied.id}\n`);

  const answer = await tokenkeep.cli(
    ...['methods', 'migrate', '--from', 'adyen', '--to', 'stripe', '--mapping', path],
  );

  expect(answer).toMatchObject({ exitCode: 0, stdout: '1 moved\n' });
  const here = { payer: await tokenkeep.as('payer', payer.subject), card: method, token: copied.id };
  const payment = await pay(here);
  expect([payment.status, await paidAt(payment)]).toEqual(['succeeded', ['stripe']]);
  expect((await savedCard(tokenkeep, here.payer)).id).toBe(method.id);
});

it('moves cards from Stripe to Braintree, whose files name tokens only, and back again', async () => {
  const { sandbox } = tokenkeep;
  const withBoth = await startTokenkeep({ gateway: 'stripe', also: ['braintree'], beside: tokenkeep });
  const [moving, wrong] = [await saved(), await saved('pm_card_mastercard')];
  const lines = await Promise.all(
    [moving, wrong].map(async ({ token }) => {
      const customer = await sandbox.call('POST', '/v1/customers', {});
      const { id } = await sandbox.call('POST', '/v1/payment_methods/pm_card_visa/attach', {
        customer: customer.id,
      });
      await sandbox.call('POST', `/v1/payment_methods/${id}`, { 'metadata[token]': `bt-${token}` });
      return `${token},bt-${token}`;
    }),
  );
  const path = join(folder, 'to-braintree.csv');
  await writeFile(path, ['old_token,new_token', ...lines, 'pm_unknown,bt-unknown', ''].join('\n'));
  const migrateThere = (...more: string[]) =>
    withBoth.cli('methods', 'migrate', '--from', 'stripe', '--to', 'braintree', ...more);
  const move = (...more: string[]) => migrateThere('--mapping', path, ...more);
  const charged = async () => {
    const { id } = await invoiceFor(withBoth, moving.payer);
    const payer = await withBoth.as('payer', moving.payer.subject);
    const order = { paymentMethodId: moving.card.id, returnUrl: RETURN_URL };
    const payment = (await payer.postOnce(`/v1/invoices/${id}/payments`, order)).body;
    return [payment.status, ...(await paidAt(payment))];
  };

  const [tried, moved] = [await move('--dry-run'), await move()];
  const there = await charged();
  const back = await migrateThere('--rollback');
  const here = await charged();
  await withBoth.stop();

  expect([tried.exitCode, moved.exitCode]).toEqual([2, 2]); // a Mastercard that would be a Visa, and one that nobody knows
  expect(moved.stdout).toContain('1 moved');
  expect(there).toEqual(['succeeded', 'braintree']);
  expect(back).toMatchObject({ exitCode: 0, stdout: '1 moved\n' });
  expect(here).toEqual(['succeeded', 'stripe']);
});
