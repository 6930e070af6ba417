import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { invoiceFor, savedCard } from '../support/given.js';
import { type StartOptions, startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const RETURN_URL = 'http://127.0.0.1:3000/back';

let tokenkeep: Tokenkeep;
let payer: Api;
let cards: { atStripe: Body; atAdyen: Body };
beforeAll(async () => {
  tokenkeep = await startTokenkeep({
    gateway: 'stripe',
    also: ['adyen'],
    environment: { PAYMENT_GATEWAY_NEXT: 'adyen:100' },
  });
  payer = await tokenkeep.as('payer');
  const atAdyen = await savedCard(tokenkeep, payer);
  const atStripe = await withAnother({ gateway: 'stripe', also: ['adyen'] }, async (before) =>
    savedCard(before, await before.as('payer', payer.subject), 'pm_card_mastercard'),
  );
  cards = { atStripe, atAdyen };
});
afterAll(() => tokenkeep.stop());

/** One more instance on the same payments, configured in another way. */
async function withAnother<T>(options: StartOptions, use: (another: Tokenkeep) => Promise<T>): Promise<T> {
  const another = await startTokenkeep({ beside: tokenkeep, shape: 'shared', ...options });
  try {
    return await use(another);
  } finally {
    await another.stop();
  }
}

async function charged(at: Tokenkeep, card: Body): Promise<Body> {
  const caller = await at.as('payer', payer.subject);
  const invoice = await invoiceFor(at, caller);
  const order = { paymentMethodId: card.id, returnUrl: RETURN_URL };
  return (await caller.postOnce(`/v1/invoices/${invoice.id}/payments`, order)).body;
}

/** The gateways that the metrics say are left alone for a moment. */
async function leftAlone({ url }: Tokenkeep): Promise<string[]> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return [...metrics.matchAll(/^gateway_breaker_open\{gateway="(\w+)"\} 1$/gm)].map(
    ([, gateway]) => gateway!,
  );
}

async function gatewayOfSetup(request: Body): Promise<string> {
  const { body } = await payer.post('/v1/setup-intents', { returnUrl: RETURN_URL, ...request });
  const [setup] = await tokenkeep.sql<{ gateway: string }>(
    'SELECT gateway FROM payments.setup_intent WHERE id = $1',
    [body.id],
  );
  return setup!.gateway;
}

describe('the gateway for what is saved from now on', () => {
  it('is the next one for the share of payers that was configured, and what was saved stays', async () => {
    const held = await tokenkeep.sql<{ id: string; gateway: string }>(
      'SELECT id, gateway FROM payments.payment_method ORDER BY gateway',
    );

    expect(held).toEqual([
      { id: cards.atAdyen.id, gateway: 'adyen' },
      { id: cards.atStripe.id, gateway: 'stripe' },
    ]);
    expect(await gatewayOfSetup({ type: 'card', flow: 'redirect' })).toBe('adyen');
  });

  it('is one of its own for bank accounts, and the usual one for what the next one has no call for', async () => {
    const environment = { PAYMENT_GATEWAY_BANK_ACCOUNTS: 'stripe', PAYMENT_GATEWAY_NEXT: 'braintree:100' };
    const also = ['stripe', 'braintree'] as const;
    await withAnother({ gateway: 'adyen', also: [...also], environment }, async (another) => {
      const caller = await another.as('payer', payer.subject);
      const gatewayOf = async (wanted: Body) =>
        (await caller.post('/v1/setup-intents', { returnUrl: RETURN_URL, ...wanted })).body.gateway;

      expect(await gatewayOf({ type: 'us_bank_account', flow: 'redirect' })).toBe('stripe');
      expect(await gatewayOf({ type: 'card', flow: 'embedded' })).toBe('braintree');
      expect(await gatewayOf({ type: 'card', flow: 'redirect' })).toBe('adyen'); // Braintree has no page
    });
  });
});

describe('one gateway that cannot be used stops nobody at the other', () => {
  it.each([
    ['Adyen', '* /v72/*', 'atStripe'],
    ['Stripe', '* /v1/*', 'atAdyen'],
  ] as const)('while %s answers nothing: programs start, and charges go on', async (name, on, other) => {
    await tokenkeep.sandbox.breaks({ does: 'answer_503', on, times: 10_000 });
    try {
      await withAnother({ gateway: 'stripe', also: ['adyen'] }, async (started) => {
        const failing = other === 'atStripe' ? cards.atAdyen : cards.atStripe;
        const tries: Body[] = [];
        while (tries.at(-1)?.code !== 'gateway_unavailable' && tries.length < 30)
          tries.push(await charged(started, failing)); // until it is left alone
        expect(tries.at(-1)!.code).toBe('gateway_unavailable');
        expect(await leftAlone(started)).toEqual([name.toLowerCase()]);

        expect((await charged(started, cards[other])).status).toBe('succeeded');
      });
    } finally {
      await tokenkeep.sandbox.worksAgain();
    }
  });

  it('while the keys of one are not set: its cards wait for them, and operators are told', async () => {
    await withAnother({ gateway: 'stripe' }, async (without) => {
      expect((await charged(without, cards.atStripe)).status).toBe('succeeded');
      expect((await charged(without, cards.atAdyen)).code).toBe('gateway_unavailable');

      const { stdout } = await without.cli('attention');
      expect(JSON.parse(stdout)).toContainEqual(
        expect.objectContaining({ why: 'gateway_without_keys', id: 'adyen' }),
      );
    });
    expect((await charged(tokenkeep, cards.atAdyen)).status).toBe('succeeded');
  });
});
