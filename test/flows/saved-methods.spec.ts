import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { PaymentMethodReason, PaymentsEvent } from '../../src/payments/payments.contract.js';
import type { Answer, Api, Body } from '../support/api.js';
import { CARD_SETUP, itWhere, itWith, theGateway } from '../support/gateways.js';
import { eventually, inLedger, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const DAY_MS = 24 * 60 * 60 * 1000;

type MethodEvent = Extract<PaymentsEvent, { paymentMethod: unknown }>;

let tokenkeep: Tokenkeep;
let finance: Api;
const events: MethodEvent[] = [];
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
  tokenkeep.payments.subscribe('test', async (event) => {
    if ('paymentMethod' in event) events.push(event);
    await Promise.resolve();
  });
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(() => tokenkeep.stop());

describe('saving the same card again', () => {
  it('answers 200 with the same method, which has the newest token; the old one is detached', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const oldToken = await inLedger(tokenkeep, card);

    const again = await saveAgain(payer, 'pm_card_visa');

    expect([again.status, again.body.id, again.body.status]).toEqual([200, card.id, 'active']);
    expect((await listed(payer)).map(({ id }) => id)).toEqual([card.id]);
    const newToken = await inLedger(tokenkeep, card);
    expect(newToken === oldToken).toBe(theGateway.keepsTokens ?? false);
    if (!theGateway.keepsTokens)
      await eventually(
        () => owner(oldToken),
        (it) => it === null,
      );
    expect(await owner(newToken)).not.toBeNull();
    expect((await charge(payer, card)).status).toBe('succeeded');
  });

  it('makes one method of it also when two setups of it complete in the same moment', async () => {
    const payer = await tokenkeep.as('payer');
    const setups = [await started(payer), await started(payer)];
    const done = await Promise.all(
      setups.map(async (setup) => ({ setup, returned: await tokenkeep.sandbox.completeSetup(setup) })),
    );

    const answers = await Promise.all(done.map(({ setup, returned }) => complete(payer, setup, returned)));

    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await listed(payer)).toHaveLength(1);
  });

  itWhere('fingerprints', 'keeps apart what two payers have saved', async () => {
    const [one, other] = [await tokenkeep.as('payer'), await tokenkeep.as('payer')];

    const cards = [await savedCard(tokenkeep, one), await savedCard(tokenkeep, other)];

    expect(cards[0].id).not.toBe(cards[1].id);
    const digests = await tokenkeep.sql<{ digest: string }>(
      'SELECT DISTINCT fingerprint_digest AS digest FROM payments.payment_method WHERE id = ANY ($1)',
      [cards.map(({ id }) => id)],
    );
    expect(digests).toHaveLength(2); // nobody can tell from the table that they share it
  });

  it('makes one that had to be replaced usable again, with its id', async () => {
    const { payer, card } = await lostCard();

    const again = await saveAgain(payer, 'pm_card_visa');

    expect([again.status, again.body]).toMatchObject([
      200,
      { id: card.id, status: 'active', attention: null },
    ]);
    expect(again.body.isDefault).toBe(true);
    expect((await charge(payer, card)).status).toBe('succeeded');
  });

  it('after it was removed makes a new one', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    await payer.delete(`/v1/payment-methods/${card.id}`);

    const again = await save(payer, 'pm_card_visa');

    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(card.id);
  });

  it('after it was removed makes a new one also while the gateway has yet to forget the old one', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    await tokenkeep.sandbox.breaks({ does: 'answer_503', on: theGateway.detaches, times: 1_000 });
    await payer.delete(`/v1/payment-methods/${card.id}`);

    const again = await saveAgain(payer, 'pm_card_visa');
    await tokenkeep.sandbox.worksAgain();
    await detached(card);

    expect([again.body.status, again.body.id === card.id]).toEqual(['active', false]);
    expect((await listed(payer)).map(({ id }) => id)).toEqual([again.body.id]);
    expect((await charge(payer, again.body)).status).toBe('succeeded');
  });

  it('that is saved again after its setup had ended leaves the method as it is', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const late = await started(payer);
    await tokenkeep.sql(
      `UPDATE payments.setup_intent SET status = 'ended', status_reason = 'expired', due_at = NULL WHERE id = $1`,
      [late.id],
    );

    const returned = await tokenkeep.sandbox.completeSetup(late);
    const answer = await complete(payer, late, returned);
    await tokenkeep.sandbox.deliveriesDone();
    await eventually(
      () => tokenkeep.sql(`SELECT FROM payments.webhook_event WHERE status <> 'processed'`),
      (left) => left.length === 0,
    );

    expect(answer.status).toBe(409);
    expect((await listed(payer)).map(({ id, status }) => [id, status])).toEqual([[card.id, 'active']]);
    expect((await charge(payer, card)).status).toBe('succeeded');
  });
});

describe('the payer’s consent', () => {
  it('is kept with its text, time and place, and ends with the method', async () => {
    const payer = await tokenkeep.as('payer');
    const setup = (
      await payer.send('POST', '/v1/setup-intents', CARD_SETUP, {
        headers: { origin: 'http://127.0.0.1:3000' },
      })
    ).body;
    const returned = await tokenkeep.sandbox.completeSetup(setup);
    const card = (await complete(payer, setup, returned)).body;
    const mandate = () =>
      tokenkeep.sql('SELECT * FROM payments.mandate WHERE payment_method_id = $1', [card.id]);

    expect(setup.mandate).toEqual({
      version: 'card-2026-11',
      text: expect.stringContaining('charge this card'),
      isShownByGateway: theGateway.showsMandate,
    });
    expect(await mandate()).toMatchObject([
      { text_version: 'card-2026-11', origin: 'http://127.0.0.1:3000', revoked_at: null },
    ]);

    await payer.delete(`/v1/payment-methods/${card.id}`);

    expect(await mandate()).toMatchObject([{ revoked_reason: 'removed_by_payer' }]);
  });
});

describe('a setup that nobody finishes', () => {
  it.each(theGateway.flows)(
    '(%s) ends after a day: what is given to the gateway later is saved neither here nor there',
    async (flow) => {
      const own = await startTokenkeep();
      try {
        const payer = await own.as('payer');
        const setup = (await payer.post('/v1/setup-intents', { ...CARD_SETUP, flow })).body;

        await passes(own, DAY_MS + 60_000);

        const ended = await eventually(
          async () => (await payer.get(`/v1/setup-intents/${setup.id}`)).body,
          (it) => it.status === 'ended',
        );
        expect(ended.paymentMethodId).toBeNull();
        const late = await own.sandbox.completeSetup(setup).catch(() => undefined); // not every gateway can end it
        expect((await complete(payer, setup, late)).body.code).toBe('setup_incomplete');
        const [{ customer }] = (await own.sql(
          'SELECT provider_customer AS customer FROM payments.gateway_customer',
        )) as [{ customer: string }];
        await eventually(
          () => own.sandbox.methodsOf(customer),
          (kept) => kept.length === 0,
        );
      } finally {
        await own.stop();
      }
    },
  );
});

describe('removing a method that a plan uses', () => {
  it('is refused, and says what uses it', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const name = await used(payer, card);

    const refused = await payer.delete(`/v1/payment-methods/${card.id}`);

    expect([refused.status, refused.body.code]).toEqual([409, 'payment_method_in_use']);
    expect(refused.body.details.uses).toEqual([
      { name, description: 'Tuition, 10 instalments', nextChargeOn: '2099-01-01' },
    ]);
    expect((await charge(payer, card)).status).toBe('succeeded');

    await tokenkeep.payments.endUse(name);
    expect((await payer.delete(`/v1/payment-methods/${card.id}`)).status).toBe(204);
  });

  it('with another in its place moves the plan and the default in the same moment', async () => {
    const payer = await tokenkeep.as('payer');
    const [card, other] = [
      await savedCard(tokenkeep, payer),
      await savedCard(tokenkeep, payer, 'pm_card_mastercard'),
    ];
    const name = await used(payer, card);

    const removed = await payer.delete(`/v1/payment-methods/${card.id}?replacedBy=${other.id}`);

    expect(removed.status).toBe(204);
    expect(await listed(payer)).toMatchObject([{ id: other.id, isDefault: true }]);
    expect(await usesOf(other)).toEqual([name]);
    expect(await told(card, 'payment_method.removed')).toMatchObject([
      { reason: 'replaced', replacedBy: other.id },
    ]);
    expect((await payer.delete(`/v1/payment-methods/${other.id}`)).body.code).toBe('payment_method_in_use');
  });

  it('takes no foreign, unknown, removed or same method in its place', async () => {
    const [payer, stranger] = [await tokenkeep.as('payer'), await tokenkeep.as('payer')];
    const card = await savedCard(tokenkeep, payer);
    const foreign = await savedCard(tokenkeep, stranger);
    const gone = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    await payer.delete(`/v1/payment-methods/${gone.id}`);

    const answers = await Promise.all(
      [foreign.id, gone.id, '0192a000-0000-7000-8000-000000000000', card.id, 'nonsense'].map((id) =>
        payer.delete(`/v1/payment-methods/${card.id}?replacedBy=${id}`),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 400, 400]);
    expect(await listed(payer)).toHaveLength(1);
  });

  it('a new card saved in the place of a lost one takes over the plan and the default', async () => {
    const { payer, card } = await lostCard();
    const [spare, name] = [await savedCard(tokenkeep, payer, 'pm_card_amex'), `plan:${card.id}`];
    await tokenkeep.sql(
      `INSERT INTO payments.payment_method_use (name, payment_method_id, payer_id, description) VALUES ($1, $2, $3, 'Autopay')`,
      [name, card.id, payerIdOf(payer)],
    );

    await tokenkeep.sandbox.keepsWebhooksBack(); // else one of them may save it first
    const setup = await started(payer, { replaces: card.id });
    const returned = await tokenkeep.sandbox.completeSetup(setup, 'pm_card_mastercard');
    const saved = await complete(payer, setup, returned);

    expect(saved.status).toBe(201);
    expect(await usesOf(saved.body)).toEqual([name]);
    expect((await listed(payer)).map(({ id }) => id).sort()).toEqual([spare.id, saved.body.id].sort());
  });
});

describe('the gateway’s news', () => {
  itWhere(
    'tellsOfMethods',
    'of a reissued card changes what is shown, keeps its history, and charges go on',
    async () => {
      const payer = await tokenkeep.as('payer');
      const card = await savedCard(tokenkeep, payer);
      const token = await inLedger(tokenkeep, card);
      await newsHeard(); // else what is told of its being saved may be what finds the change

      await control(`/_sandbox/payment-methods/${token}/update`, {
        exp_month: 7,
        exp_year: 2044,
        last4: '1881',
      });

      const shown = await untilCard(payer, card, ({ lastFour }) => lastFour === '1881');
      expect(shown).toMatchObject({ expiryMonth: 7, expiryYear: 2044, status: 'active' });
      const history = (await payer.get(`/v1/payment-methods/${card.id}/history`)).body.data;
      expect(history).toMatchObject([
        {
          reason: 'updated_by_network',
          byWhom: 'gateway',
          before: { lastFour: '4242' },
          after: { lastFour: '1881', expiryYear: 2044 },
        },
        { reason: 'saved', byWhom: 'payer', before: null },
      ]);
      expect((await charge(payer, card)).status).toBe('succeeded');
    },
  );

  itWhere(
    'tellsOfMethods',
    'is believed from the gateway’s own record, not from what an event says',
    async () => {
      const payer = await tokenkeep.as('payer');
      const card = await savedCard(tokenkeep, payer);
      const token = await inLedger(tokenkeep, card);
      await tokenkeep.sandbox.keepsWebhooksBack();
      await control(`/_sandbox/payment-methods/${token}/update`, { exp_month: 1, exp_year: 2040 });
      await tokenkeep.sandbox.worksAgain();

      // The second event tells of 2041 and of the first only as what was before; both arrive as they stand at the end.
      await control(`/_sandbox/payment-methods/${token}/update`, { exp_month: 2, exp_year: 2041 });

      await untilCard(payer, card, ({ expiryYear }) => expiryYear === 2041);
      await newsHeard(); // the older event, too, which changes nothing back
      expect(await read(payer, card)).toMatchObject({ expiryMonth: 2, expiryYear: 2041 });
    },
  );

  itWhere('tellsOfMethods', 'heals a card that had expired and was declined for it', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const token = await inLedger(tokenkeep, card);
    await control(`/_sandbox/payment-methods/${token}/expire`, {});
    expect((await charge(payer, card)).failure).toMatchObject({
      retry: 'never',
      methodReason: 'card_expired',
    });
    expect(await read(payer, card)).toMatchObject({ status: 'requires_replacement', isDefault: false });

    await control(`/_sandbox/payment-methods/${token}/update`, { exp_year: 2045 });

    await untilCard(payer, card, ({ status, isDefault }) => status === 'active' && isDefault);
    expect(await told(card, 'payment_method.activated')).toMatchObject([{ reason: 'updated_by_network' }]);
  });

  itWith('stripe', 'heals it also when other news was the first to show what the network did', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const token = await inLedger(tokenkeep, card);
    await control(`/_sandbox/payment-methods/${token}/expire`, {});
    await charge(payer, card);
    await tokenkeep.sandbox.keepsWebhooksBack();
    await control(`/_sandbox/payment-methods/${token}/update`, { exp_year: 2045 });
    await tokenkeep.sandbox.worksAgain();
    await tokenkeep.sandbox.call('POST', `/v1/payment_methods/${token}`, { 'metadata[noted]': 'elsewhere' });
    const seen = await untilCard(payer, card, ({ expiryYear }) => expiryYear === 2045);

    const all = await tokenkeep.sandbox.call('GET', '/v1/events?type=payment_method.automatically_updated');
    const late = (all.data as Body[]).find(({ data }) => data.object.id === token)!;
    await control(`/_sandbox/events/${late.id}/resend`, {});

    const healed = await untilCard(payer, card, ({ status }) => status === 'active');
    expect([seen.status, healed.isDefault]).toEqual(['requires_replacement', true]);
  });

  itWhere(
    'tellsOfMethods',
    'that it was detached removes it here too, unless a plan uses it: then it must be replaced',
    async () => {
      const payer = await tokenkeep.as('payer');
      const [free, busy] = [
        await savedCard(tokenkeep, payer),
        await savedCard(tokenkeep, payer, 'pm_card_mastercard'),
      ];
      await used(payer, busy);

      for (const card of [free, busy])
        await control(`/_sandbox/payment-methods/${await inLedger(tokenkeep, card)}/detach`, {});

      await eventually(
        () => payer.get(`/v1/payment-methods/${free.id}`),
        ({ status }) => status === 404,
      );
      const left = await untilCard(payer, busy, ({ status }) => status === 'requires_replacement');
      expect(left.attention).toEqual({
        code: 'requires_replacement',
        message: expect.any(String),
        action: 'replace',
        actionUrl: `http://127.0.0.1:3000/#/wallet/${busy.id}/replace`,
      });
      expect(await told(free, 'payment_method.removed')).toMatchObject([{ reason: 'detached_at_gateway' }]);
    },
  );

  itWhere(
    ['tellsOfMethods', 'fingerprints'],
    'that a card became one which the payer has as well leaves one of the two',
    async () => {
      const payer = await tokenkeep.as('payer');
      const [visa, other] = [
        await savedCard(tokenkeep, payer),
        await savedCard(tokenkeep, payer, 'pm_card_mastercard'),
      ];
      const name = await used(payer, other);
      const visaToken = await inLedger(tokenkeep, visa);
      const { card } = await tokenkeep.sandbox.call('GET', `/v1/payment_methods/${visaToken}`);

      await control(`/_sandbox/payment-methods/${await inLedger(tokenkeep, other)}/update`, {
        fingerprint: card.fingerprint,
        last4: '4242',
      });

      await eventually(
        () => listed(payer),
        (all) => all.length === 1,
      );
      expect(await listed(payer)).toMatchObject([{ id: visa.id }]);
      expect(await usesOf(visa)).toEqual([name]);
    },
  );
});

describe('a decline', () => {
  it.each<[string, string, PaymentMethodReason]>([
    ['lost_card', 'method_unusable', 'blocked_by_issuer'],
    ['expired_card', 'card_expired', 'card_expired'],
    ['incorrect_number', 'incorrect_details', 'details_wrong'],
  ])('%s ends the method: it is never sent again', async (decline, code, reason) => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    await control(`/_sandbox/payment-methods/${await inLedger(tokenkeep, card)}/close`, { decline });

    const failed = await charge(payer, card);
    const before = await tokenkeep.sandbox.callsOf(theGateway.charges);
    const again = await charging(payer, card);

    expect(failed.failure).toMatchObject({ code, retry: 'never', methodReason: reason });
    expect([again.status, again.body.code]).toEqual([409, 'payment_method_unusable']);
    expect(await tokenkeep.sandbox.callsOf(theGateway.charges)).toBe(before);
    expect(await told(card, 'payment_method.requires_replacement')).toMatchObject([{ reason }]);
  });

  it.each(['insufficient_funds', 'generic_decline', 'processing_error'])(
    '%s leaves the method as it is, to be tried again later',
    async (decline) => {
      const payer = await tokenkeep.as('payer');
      const card = await savedCard(tokenkeep, payer);
      await control(`/_sandbox/payment-methods/${await inLedger(tokenkeep, card)}/close`, { decline });

      const failed = await charge(payer, card);

      expect(failed.failure).toMatchObject({ retry: 'later', methodReason: null });
      expect(await read(payer, card)).toMatchObject({ status: 'active', attention: null });
    },
  );

  it('charges nothing else in its place; a method that cannot be charged only where the caller said what instead', async () => {
    const { payer, card } = await lostCard();
    const other = await savedCard(tokenkeep, payer, 'pm_card_mastercard');

    const without = await charging(payer, card);
    const named = await chargedBy(payer, card, { paymentMethodId: other.id });
    const byDefault = await chargedBy(payer, card, 'default');
    const toNothing = await chargedBy(payer, card, { paymentMethodId: card.id }).catch(
      (error: Body) => error,
    );

    expect(without.body.code).toBe('payment_method_unusable');
    expect([named, byDefault]).toMatchObject([
      { payment: { status: 'succeeded', paymentMethodId: other.id } },
      { payment: { status: 'succeeded', paymentMethodId: other.id } },
    ]);
    expect(toNothing.code).toBe('payment_method_unusable');
  });
});

describe('a plan’s card that dies unnoticed', () => {
  it('is found three days before the plan would charge it, by a question that costs nothing', async () => {
    const own = await startTokenkeep();
    try {
      const payer = await own.as('payer');
      const card = await savedCard(own, payer);
      await own.payments.declareUse({
        name: `plan:${card.id}`,
        payerId: payerIdOf(payer),
        paymentMethodId: card.id,
        description: 'Tuition',
        nextChargeOn: new Date(Date.now() + 10 * DAY_MS).toISOString().slice(0, 10),
      });
      await own.sandbox.keepsWebhooksBack(); // its news never comes
      const token = await inLedger(own, card);
      await own.sandbox.call('POST', `/_sandbox/payment-methods/${token}/detach`, {});

      await passes(own, 8 * DAY_MS);

      await eventually(
        async () => (await payer.get(`/v1/payment-methods/${card.id}`)).body,
        ({ status }) => status === 'requires_replacement',
      );
    } finally {
      await own.stop();
    }
  });
});

describe('the expiry of a card', () => {
  itWhere(
    'tellsOfMethods',
    'is told 30 days before, 7 days before and on the day, once each; and anew for a new expiry',
    async () => {
      const own = await startTokenkeep();
      const heard: string[] = [];
      own.payments.subscribe('test', async (event) => {
        if (event.type === 'payment_method.expiring') heard.push(event.reason);
        await Promise.resolve();
      });
      try {
        const payer = await own.as('payer');
        const card = await savedCard(own, payer);
        const token = await inLedger(own, card);
        const month = new Date(Date.now() + 70 * DAY_MS);
        const update = (date: Date) =>
          own.sandbox.call('POST', `/_sandbox/payment-methods/${token}/update`, {
            exp_month: String(date.getUTCMonth() + 1),
            exp_year: String(date.getUTCFullYear()),
          });
        const end = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1);
        const shown = async () => (await payer.get(`/v1/payment-methods/${card.id}`)).body;
        await update(month);
        await eventually(shown, ({ expiryMonth }) => expiryMonth === month.getUTCMonth() + 1);
        expect([heard, (await shown()).attention]).toEqual([[], null]);

        for (const [days, reason, code] of [
          [30, 'expires_in_30_days', 'expiring'],
          [7, 'expires_in_7_days', 'expiring'],
          [0, 'expired', 'expired'],
        ] as const) {
          await setClock(own, new Date(end - days * DAY_MS + 60_000));
          await eventually(
            () => Promise.resolve(heard.at(-1)),
            (last) => last === reason,
          );
          await setClock(own, new Date(end - days * DAY_MS + 120_000)); // nothing more of the same step
          expect(await shown()).toMatchObject({ status: 'active', attention: { code, action: 'replace' } });
        }
        expect(heard).toEqual(['expires_in_30_days', 'expires_in_7_days', 'expired']);

        await update(new Date(end + 300 * DAY_MS));
        await eventually(shown, ({ attention }) => attention === null);
        await setClock(own, new Date(end + 290 * DAY_MS));
        await eventually(
          () => Promise.resolve(heard),
          (all) => all.length === 4,
        );
      } finally {
        await own.stop();
      }
    },
  );
});

describe('somebody who tries out cards', () => {
  it('is stopped after many setups, and the others are not', async () => {
    const own = await startTokenkeep({ environment: { SETUPS_PER_HOUR_MAX: '3' } });
    try {
      const [payer, other] = [await own.as('payer'), await own.as('payer')];
      const begin = (who: Api) => who.post('/v1/setup-intents', CARD_SETUP);
      for (let count = 3; count > 0; count--) expect((await begin(payer)).status).toBe(201);

      const stopped = await begin(payer);

      expect([stopped.status, stopped.body.code]).toEqual([429, 'rate_limited']);
      expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(3_000);
      expect((await begin(other)).status).toBe(201);
    } finally {
      await own.stop();
    }
  });

  it('is stopped after many refused cards; a gateway that is down is no evidence', async () => {
    const own = await startTokenkeep({
      environment: { REFUSED_CARDS_PER_DAY_MAX: '2', GATEWAY_RETRIES: '0' },
    });
    try {
      const payer = await own.as('payer');
      const begin = () => payer.post('/v1/setup-intents', CARD_SETUP);
      await own.sandbox.breaks({ does: 'answer_503', on: theGateway.setups, times: 3 });
      for (let count = 3; count > 0; count--) expect((await begin()).status).toBe(503);

      for (let count = 2; count > 0; count--) {
        const setup = (await begin()).body;
        const refused = own.sandbox.completeSetup(setup, 'pm_card_chargeDeclined');
        const returned = await refused.catch(() => undefined);
        await complete(payer, setup, returned);
        await complete(payer, setup, returned); // heard of twice, counted once
      }

      expect((await begin()).body.code).toBe('rate_limited');
    } finally {
      await own.stop();
    }
  });
});

describe('a gateway that is to be left', () => {
  it('has its payers asked, once each, to add their methods again; until then they work on', async () => {
    const own = await startTokenkeep();
    try {
      const payer = await own.as('payer');
      const card = await savedCard(own, payer);

      const dry = await own.cli('methods', 'ask-again', '--gateway', own.gateway, '--dry-run');
      const untouched = (await payer.get(`/v1/payment-methods/${card.id}`)).body;
      const asked = await own.cli('methods', 'ask-again', '--gateway', own.gateway);
      const again = await own.cli('methods', 'ask-again', '--gateway', own.gateway);

      expect(dry.stdout).toContain('1 payment methods of 1 payers would be asked for.');
      expect(untouched.attention).toBeNull();
      expect(asked.stdout).toContain('1 payment methods of 1 payers are asked for.');
      expect(again.stdout).toContain('0 payment methods of 0 payers');
      expect((await payer.get(`/v1/payment-methods/${card.id}`)).body).toMatchObject({
        status: 'active',
        attention: { code: 'requires_replacement', action: 'replace' },
      });
    } finally {
      await own.stop();
    }
  });
});

async function started(payer: Api, more: object = {}): Promise<Body> {
  return (await payer.post('/v1/setup-intents', { ...CARD_SETUP, ...more })).body;
}

/** The payer is back, with what the gateway gave their browser, if anything. */
function complete(payer: Api, setup: Body, returned?: string): Promise<Answer> {
  return payer.post(`/v1/setup-intents/${setup.id}/completions`, returned && { returned });
}

async function save(payer: Api, card: string): Promise<Answer> {
  await tokenkeep.sandbox.keepsWebhooksBack(); // else one of them may save it first
  return saveAgain(payer, card);
}

/** What Adyen has stored before is told by its news alone. */
async function saveAgain(payer: Api, card: string): Promise<Answer> {
  const setup = await started(payer);
  const returned = await tokenkeep.sandbox.completeSetup(setup, card);
  const answer = await complete(payer, setup, returned);
  await tokenkeep.sandbox.worksAgain();
  return answer;
}

/** A card whose bank has said, on a charge, that it was lost. */
async function lostCard(): Promise<{ payer: Api; card: Body }> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  await control(`/_sandbox/payment-methods/${await inLedger(tokenkeep, card)}/close`, {});
  await charge(payer, card);
  expect(await read(payer, card)).toMatchObject({ status: 'requires_replacement' });
  return { payer, card };
}

async function charging(payer: Api, card: Body): Promise<Answer> {
  return finance.postOnce('/v1/payments', {
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor: 1_000,
    currency: 'USD',
    obligation: `fee-${randomUUID()}`,
  });
}

async function charge(payer: Api, card: Body): Promise<Body> {
  return (await charging(payer, card)).body;
}

function chargedBy(payer: Api, card: Body, fallback: 'default' | { paymentMethodId: string }) {
  const obligation = `fee-${randomUUID()}`;
  return tokenkeep.payments.charge({
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    fallback,
    amountMinor: 1_000,
    currency: 'USD',
    obligation,
    presence: { session: 'off' },
    caller: 'a neighbour',
    idempotencyKey: obligation,
    input: { obligation },
  });
}

/** A neighbour's plan on this method. */
async function used(payer: Api, card: Body): Promise<string> {
  const name = `plan:${card.id}`;
  await tokenkeep.payments.declareUse({
    name,
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    description: 'Tuition, 10 instalments',
    nextChargeOn: '2099-01-01',
  });
  return name;
}

async function usesOf(card: Body): Promise<string[]> {
  const rows = await tokenkeep.sql<{ name: string }>(
    'SELECT name FROM payments.payment_method_use WHERE payment_method_id = $1',
    [card.id],
  );
  return rows.map(({ name }) => name);
}

const listed = async (payer: Api): Promise<Body[]> => (await payer.get('/v1/payment-methods')).body.data;
const read = async (payer: Api, card: Body): Promise<Body> =>
  (await payer.get(`/v1/payment-methods/${card.id}`)).body;
const untilCard = (payer: Api, card: Body, isThere: (card: Body) => boolean): Promise<Body> =>
  eventually(() => read(payer, card), isThere);

/** The events of this method of that type, once the first has come. */
function told(card: Body, type: string): Promise<MethodEvent[]> {
  const its = () => events.filter((event) => event.paymentMethod.id === card.id && event.type === type);
  return eventually(
    () => Promise.resolve(its()),
    (found) => found.length > 0,
  );
}

async function owner(token: string): Promise<string | null> {
  return (await tokenkeep.sandbox.call('GET', `/v1/payment_methods/${token}`)).customer;
}

function control(path: string, body: Record<string, unknown>): Promise<Body> {
  const form = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
  return tokenkeep.sandbox.call('POST', path, form);
}

/** Whatever the gateway has told so far was delivered, and is applied. */
async function newsHeard(): Promise<void> {
  await tokenkeep.sandbox.deliveriesDone();
  await eventually(
    () => tokenkeep.sql(`SELECT FROM payments.webhook_event WHERE status = 'received'`),
    (waiting) => waiting.length === 0,
  );
}

/** Time passes for what falls due here. */
async function passes(own: Tokenkeep, ms: number): Promise<void> {
  await setClock(own, new Date(Date.now() + ms));
}

async function setClock(own: Tokenkeep, now: Date): Promise<void> {
  const nobody = await own.as('payer');
  const { status } = await nobody.send('PUT', '/dev/clock', { now: now.toISOString() });
  expect(status).toBe(200);
}

/** The gateway has been told to forget what a removed method was. */
async function detached({ id }: Body): Promise<void> {
  await tokenkeep.sql(
    `UPDATE payments.payment_method_task SET due_at = clock_timestamp() WHERE payment_method_id = $1 AND done_at IS NULL`,
    [id],
  );
  await eventually(
    () =>
      tokenkeep.sql(`SELECT FROM payments.payment_method WHERE id = $1 AND detached_at IS NOT NULL`, [id]),
    (rows) => rows.length === 1,
  );
}
