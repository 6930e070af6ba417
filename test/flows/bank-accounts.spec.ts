import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { eachWhere, eachWith, itWhere, itWith } from '../support/gateways.js';
import { eventually, payerIdOf, savedBankAccount, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const BACK = 'http://127.0.0.1:3000/back';
/** Its debits come back for want of money. */
const WITHOUT_MONEY = 'pm_usBankAccount_insufficientFunds';
const DAY_MS = 24 * 60 * 60 * 1000;

let tokenkeep: Tokenkeep;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
  await tokenkeep.sandbox.call('POST', '/_sandbox/settings', { microdeposit_type: 'amounts' });
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(() => tokenkeep.stop());

describe('a bank account whose owner signs in at the bank', () => {
  itWhere('debits', 'can be debited at once, and has a mandate of its own', async () => {
    const payer = await tokenkeep.as('payer');

    const account = await savedBankAccount(tokenkeep, payer);

    expect(account).toMatchObject({
      type: 'us_bank_account',
      status: 'active',
      isDefault: true,
      attention: null,
      lastFour: '6789',
    });
    expect(await mandatesOf(account)).toMatchObject([
      { text_version: 'us-bank-account-2026-11', revoked_at: null },
    ]);
    expect(['processing', 'succeeded']).toContain((await debit(payer, account)).body.status);
  });
});

describe('a bank account that is proved by small deposits', () => {
  eachWith('stripe')(['embedded', 'redirect'] as const)(
    '(%s) cannot be charged until its owner tells what arrived',
    async (flow) => {
      const payer = await tokenkeep.as('payer');

      const { setup, account, answer } = await depositsSent(payer, flow);

      expect(answer.status).toBe(201);
      expect(account).toMatchObject({
        status: 'pending_verification',
        isDefault: false,
        attention: {
          code: 'requires_verification',
          action: 'verify',
          actionUrl: `http://127.0.0.1:3000/#/wallet/${account.id}/verify`,
        },
      });
      expect((await debit(payer, account)).body.code).toBe('payment_method_unusable');
      const waiting = (await payer.get(`/v1/setup-intents/${setup.id}`)).body;
      expect(waiting).toMatchObject({
        status: 'verifying',
        verification: { ask: 'amounts', attemptsLeft: 10 },
      });

      const wrong = await verify(payer, setup, [10, 12]);
      expect([wrong.status, wrong.body.code, wrong.body.details]).toEqual([
        422,
        'verification_mismatch',
        { attemptsLeft: 9 },
      ]);

      const right = await verify(payer, setup, [32, 45]);
      expect([right.status, right.body]).toMatchObject([
        200,
        { id: account.id, status: 'active', isDefault: true, attention: null },
      ]);
      expect((await verify(payer, setup, [32, 45])).body.id).toBe(account.id);
      expect((await debit(payer, account)).body.status).toBe('processing');
      expect(await mandatesOf(account)).toMatchObject([{ revoked_at: null }]);
    },
  );

  itWith(
    'stripe',
    'is verified too when the owner answers on the gateway’s page, and only a webhook tells',
    async () => {
      const payer = await tokenkeep.as('payer');
      const { account, intent } = await depositsSent(payer, 'redirect');

      await control(`/_sandbox/microdeposits/${intent}`, { amounts: [32, 45] });

      await untilStatus(payer, account, 'active');
    },
  );

  itWith('stripe', 'by a code asks for the code', async () => {
    const own = await startTokenkeep();
    try {
      const payer = await own.as('payer');
      const { setup } = await depositsSent(payer, 'embedded', own);

      const answers = [
        await verify(payer, setup, [32, 45]),
        await verify(payer, setup, undefined, 'nonsense'),
        await verify(payer, setup, undefined, 'SM99ZZ'),
        await verify(payer, setup, undefined, 'sm11aa'),
      ];

      expect(answers.map(({ status, body }) => [status, body.code ?? body.status])).toEqual([
        [400, 'validation_failed'],
        [400, 'validation_failed'],
        [422, 'verification_mismatch'],
        [200, 'active'],
      ]);
    } finally {
      await own.stop();
    }
  });

  itWith('stripe', 'is gone after too many wrong answers, and can be added again', async () => {
    const payer = await tokenkeep.as('payer');
    const { setup, account } = await depositsSent(payer, 'embedded');

    const closed = await verify(payer, setup, [10, 11]); // the sandbox: too many
    const again = await verify(payer, setup, [32, 45]);

    expect([closed.status, closed.body.code]).toEqual([409, 'verification_closed']);
    expect([again.status, again.body.code]).toEqual([409, 'verification_closed']);
    expect((await payer.get(`/v1/payment-methods/${account.id}`)).status).toBe(404);
    const history = (await payer.get(`/v1/payment-methods/${account.id}/history`)).body.data;
    expect(history).toMatchObject([{ reason: 'verification_failed' }, { reason: 'verification_started' }]);
    expect((await savedBankAccount(tokenkeep, payer)).id).not.toBe(account.id);
  });

  itWith('stripe', 'of which nobody tells anything is gone after ten days', async () => {
    const own = await startTokenkeep();
    try {
      const payer = await own.as('payer');
      const { account } = await depositsSent(payer, 'redirect', own);

      await setClock(own, new Date(Date.now() + 10 * DAY_MS + 60_000));

      await eventually(
        async () => (await payer.get('/v1/payment-methods')).body.data,
        (all) => all.length === 0,
      );
      const [last] = (await payer.get(`/v1/payment-methods/${account.id}/history`)).body.data;
      expect(last).toMatchObject({ reason: 'verification_expired', after: { status: 'removed' } });
    } finally {
      await own.stop();
    }
  });

  itWith('stripe', 'that was saved and usable before stays so meanwhile', async () => {
    const payer = await tokenkeep.as('payer');
    const account = await savedBankAccount(tokenkeep, payer);

    const { setup, account: same } = await depositsSent(payer, 'embedded');
    const meanwhile = (await debit(payer, account)).body;
    const verified = await verify(payer, setup, [32, 45]);

    expect([same.id, same.status]).toEqual([account.id, 'active']);
    expect(meanwhile.status).toBe('processing');
    expect(verified.body.id).toBe(account.id);
    expect(await mandatesOf(account)).toMatchObject([{ revoked_reason: 'superseded' }, { revoked_at: null }]);
  });
});

describe('a debit', () => {
  itWhere('debits', 'is in US dollars only, refused at the door', async () => {
    const payer = await tokenkeep.as('payer');
    const account = await savedBankAccount(tokenkeep, payer);

    const refused = await debit(payer, account, { currency: 'EUR' });

    expect([refused.status, refused.body.code]).toEqual([422, 'currency_not_supported']);
    expect((await payer.get('/v1/payments')).body.data).toEqual([]);
  });

  itWhere('confirmsDebits', 'returned for want of money is presented again twice, and no more', async () => {
    const payer = await tokenkeep.as('payer');
    const account = await savedBankAccount(tokenkeep, payer, WITHOUT_MONEY);
    const obligation = `term-${account.id}`;

    for (let presented = 3; presented > 0; presented--) {
      const { body } = await debit(payer, account, { obligation });
      expect(await returned(payer, body)).toMatchObject({ code: 'insufficient_funds', retry: 'later' });
    }
    const fourth = await debit(payer, account, { obligation });

    expect([fourth.status, fourth.body.code]).toEqual([409, 'bank_debit_not_repeatable']);
    expect((await untilStatus(payer, account, 'active')).attention).toBeNull();
    expect((await debit(payer, account)).body.status).toBe('processing'); // another obligation is another debit
    const card = await savedCard(tokenkeep, payer);
    expect((await debit(payer, card, { obligation })).body.status).toBe('succeeded');
  });

  itWhere('confirmsDebits', 'is not presented again more than 180 days after the first', async () => {
    const payer = await tokenkeep.as('payer');
    const account = await savedBankAccount(tokenkeep, payer, WITHOUT_MONEY);
    const obligation = `term-${account.id}`;
    const { body } = await debit(payer, account, { obligation });
    await returned(payer, body);
    await tokenkeep.sql(
      `UPDATE payments.payment SET created_at = created_at - interval '181 days' WHERE id = $1`,
      [body.id],
    );

    const late = await debit(payer, account, { obligation });

    expect(late.body.code).toBe('bank_debit_not_repeatable');
  });

  eachWhere('confirmsDebits')([
    ['account_closed', 'account_closed'],
    ['no_account', 'details_wrong'],
    ['debit_not_authorized', 'consent_withdrawn'],
  ])('returned as %s ends the account: %s', async (code, reason) => {
    const payer = await tokenkeep.as('payer');
    const account = await savedBankAccount(tokenkeep, payer);
    const { body } = await debit(payer, account);

    const failure = await returned(payer, body, code);

    expect(failure).toMatchObject({ retry: 'never', methodReason: reason });
    await untilStatus(payer, account, 'requires_replacement');
    expect((await debit(payer, account)).body.code).toBe('payment_method_unusable');
    expect(await mandatesOf(account)).toMatchObject([{ revoked_at: expect.anything() }]);
  });

  itWhere(
    'confirmsDebits',
    'that its owner disputes after it succeeded revokes the mandate and asks for a new one',
    async () => {
      const payer = await tokenkeep.as('payer');
      const account = await savedBankAccount(tokenkeep, payer);
      const { body } = await debit(payer, account);
      const intent = await intentOf(body);
      await control(`/_sandbox/payment-intents/${intent}/settle`, { outcome: 'succeed' });
      await eventually(
        () => finance.get(`/v1/payments/${body.id}`),
        (it) => it.body.status === 'succeeded',
      );

      const { latest_charge } = await tokenkeep.sandbox.call('GET', `/v1/payment_intents/${intent}`);
      await control(`/_sandbox/charges/${latest_charge}/return`, { code: 'debit_not_authorized' });

      const lost = await untilStatus(payer, account, 'requires_replacement');
      expect(lost.attention).toMatchObject({ code: 'requires_replacement', action: 'replace' });
      expect(await mandatesOf(account)).toMatchObject([{ revoked_at: expect.anything() }]);

      const again = await savedBankAccount(tokenkeep, payer);
      expect(again.status).toBe('active');
      expect((await mandatesOf(again)).at(-1)).toMatchObject({ revoked_at: null });
    },
  );
});

describe('a mandate', () => {
  itWith(
    'stripe',
    'that is revoked at the gateway ends the account, and no debit is sent any more',
    async () => {
      const payer = await tokenkeep.as('payer');
      const account = await savedBankAccount(tokenkeep, payer);
      const [mandate] = await mandatesOf(account);

      await control(`/_sandbox/mandates/${mandate!.provider_mandate}/revoke`, {});

      await untilStatus(payer, account, 'requires_replacement');
      expect(await mandatesOf(account)).toMatchObject([{ revoked_reason: 'consent_withdrawn' }]);
      expect((await debit(payer, account)).body.code).toBe('payment_method_unusable');
    },
  );
});

/** An account whose owner is done with the gateway's page, and waits for two small deposits. */
async function depositsSent(
  payer: Api,
  flow: 'embedded' | 'redirect',
  own = tokenkeep,
): Promise<{ setup: Body; account: Body; answer: Answer; intent: string }> {
  await own.sandbox.keepsWebhooksBack(); // else one of them may save it first
  const input = { type: 'us_bank_account', flow, ...(flow === 'redirect' && { returnUrl: BACK }) };
  const setup = (await payer.post('/v1/setup-intents', input)).body;
  const [kind, id, action] =
    flow === 'redirect'
      ? ['checkout-sessions', /cs_test_\w+/.exec(setup.redirectUrl)![0], 'complete']
      : ['setup-intents', setup.clientSecret.split('_secret_')[0], 'confirm'];
  const done = await own.sandbox.call('POST', `/_sandbox/${kind}/${id}/${action}`, {
    payment_method: 'pm_usBankAccount_success',
  });
  const answer = await payer.post(`/v1/setup-intents/${setup.id}/completions`);
  await own.sandbox.worksAgain();
  return { setup, account: answer.body, answer, intent: done.setup_intent ?? done.id };
}

function verify(payer: Api, setup: Body, amountsMinor?: number[], descriptorCode?: string): Promise<Answer> {
  return payer.post(`/v1/setup-intents/${setup.id}/verifications`, { amountsMinor, descriptorCode });
}

function debit(payer: Api, account: Body, more: object = {}): Promise<Answer> {
  return finance.postOnce('/v1/payments', {
    payerId: payerIdOf(payer),
    paymentMethodId: account.id,
    amountMinor: 90_000,
    currency: 'USD',
    obligation: `term-${randomUUID()}`,
    ...more,
  });
}

/** The bank says no, days later. */
async function returned(payer: Api, payment: Body, code?: string): Promise<Body> {
  const intent = await intentOf(payment);
  await control(`/_sandbox/payment-intents/${intent}/settle`, { outcome: 'fail', ...(code && { code }) });
  const { body } = await eventually(
    () => payer.get(`/v1/payments/${payment.id}`),
    (it) => it.body.status === 'failed',
  );
  return body.failure;
}

async function intentOf(payment: Body): Promise<string> {
  const [tried] = await tokenkeep.sandbox.paymentsOf(payment.id);
  return tried!.id;
}

function mandatesOf(account: Body): Promise<Body[]> {
  return tokenkeep.sql('SELECT * FROM payments.mandate WHERE payment_method_id = $1 ORDER BY id', [
    account.id,
  ]);
}

async function untilStatus(payer: Api, account: Body, status: string): Promise<Body> {
  return eventually(
    async () => (await payer.get(`/v1/payment-methods/${account.id}`)).body,
    (it) => it.status === status,
  );
}

function control(path: string, body: object): Promise<Body> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body) as [string, unknown][])
    if (Array.isArray(value)) value.forEach((one, index) => form.append(`${name}[${index}]`, String(one)));
    else form.append(name, String(value));
  return tokenkeep.sandbox.call('POST', path, Object.fromEntries(form));
}

async function setClock(own: Tokenkeep, now: Date): Promise<void> {
  const nobody = await own.as('payer');
  expect((await nobody.send('PUT', '/dev/clock', { now: now.toISOString() })).status).toBe(200);
}
