import {
  charged,
  invoiceFor,
  orderFor,
  payerWith,
  providerPaymentOf,
  RETURN_URL,
  cardSetup,
  completed,
  savedCard,
  settled,
  startedSetup,
} from '../world/given.ts';
import { type Answer, newKey } from '../world/person.ts';
import type { World } from '../world/world.ts';

/** One flow that is going to be killed somewhere. */
export interface Case {
  /** What the client does while the process dies. */
  act: () => Promise<unknown>;
  /** The same client, once the process is back: the same request, or whatever is left to do. */
  again?: () => Promise<Answer>;
  /** What must be true in the end, beyond what the judge knows; each line says what is wrong. */
  check: () => Promise<string[]>;
}

export type Scenario = (world: World) => Promise<Case>;

const expectStatus = (what: string, got: unknown, wanted: unknown): string[] =>
  got === wanted ? [] : [`${what} is ${String(got)}, expected ${String(wanted)}`];

/** A payer who is there pays an invoice with a saved card. */
export const pay: Scenario = (world) => payWith(world, 'pm_card_visa', 'succeeded');
/** The bank declines. */
export const payDeclined: Scenario = (world) => payWith(world, 'pm_card_chargeCustomerFail', 'failed');

async function payWith(world: World, cardName: string, outcome: string): Promise<Case> {
  const { person, card } = await payerWith(world, cardName);
  const finance = await world.person('finance');
  const invoice = await invoiceFor(finance, person.payerId);
  const key = newKey();
  const act = () => person.post(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id }, key);
  return {
    act,
    again: () => person.persist(act),
    check: async () => {
      const repeat = await act();
      const shown = await person.get(`/v1/invoices/${invoice.id}`);
      return [
        ...expectStatus('the repeat', repeat.status, 200),
        ...expectStatus('the payment', repeat.body.status, outcome),
        ...expectStatus('the invoice', shown.body.status, outcome === 'succeeded' ? 'paid' : 'open'),
      ];
    },
  };
}

/** C8: the payer is not there, and the bank wants to see them. Then they come, and go on with the same payment. */
export const payOffSession: Scenario = async (world) => {
  const payer = await payerWith(world, 'pm_card_authenticationRequired');
  const service = await world.person('service');
  const order = orderFor(payer);
  const key = newKey();
  const act = () => service.post('/v1/payments', order, key);
  return {
    act,
    again: () => service.persist(act),
    check: async () => {
      const { body: payment } = await act();
      const wrong = expectStatus('the payment off-session', payment.status, 'requires_action');
      const confirmed = await payer.person.post(
        `/v1/payments/${payment.id}/confirmations`,
        { returnUrl: RETURN_URL },
        newKey(),
      );
      if (confirmed.status !== 201 || !confirmed.body.nextAction)
        return [...wrong, `going on answered ${confirmed.status} ${JSON.stringify(confirmed.body)}`];
      const back = await world.account.authenticate(await providerPaymentOf(world, payment.id), 'succeed');
      if (back)
        await payer.person.post(
          `/v1/payments/${payment.id}/confirmations`,
          { returnUrl: RETURN_URL, ...back },
          newKey(),
        );
      return [...wrong, ...(await ends(world, payment.id, 'succeeded'))];
    },
  };
};

/** A reserved payment is captured, or let go. */
export const capture: Scenario = (world) => operate(world, 'captures', 'succeeded');
export const cancel: Scenario = (world) => operate(world, 'cancellations', 'cancelled');

async function operate(world: World, operation: string, outcome: string): Promise<Case> {
  const finance = await world.person('finance');
  const payment = await charged(finance, await payerWith(world), { capture: 'manual' });
  const key = newKey();
  const act = () => finance.post(`/v1/payments/${payment.id}/${operation}`, {}, key);
  return { act, again: () => finance.persist(act), check: () => ends(world, payment.id, outcome) };
}

/** Finance gives a part back. */
export const refund: Scenario = async (world) => {
  const finance = await world.person('finance');
  const payment = await settled(world, finance, await payerWith(world));
  const key = newKey();
  const act = () => finance.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 3_000 }, key);
  return {
    act,
    again: () => finance.persist(act),
    check: async () => {
      const refunded = await eventually(async () => {
        const { body } = await finance.get(`/v1/payments/${payment.id}`);
        return body.refundedMinor;
      }, 3_000);
      return expectStatus('what was given back', refunded, 3_000);
    },
  };
};

/** The payer begins to save a card; the process dies before they could. They begin again. */
export const setUp: Scenario = async (world) => {
  const payer = await world.person('payer');
  return {
    act: () => payer.post('/v1/setup-intents', cardSetup(world)),
    check: async () => {
      await savedCard(world, payer);
      const { body } = await payer.get('/v1/payment-methods');
      return expectStatus('the number of usable methods', body.data.length, 1);
    },
  };
};

/** The payer has given the card to the gateway, and comes back. */
export const completeSetup: Scenario = async (world) => {
  const payer = await world.person('payer');
  const setup = await startedSetup(world, payer);
  const isAsked = world.gateway.listsEvents;
  if (isAsked) world.relay.fate = async () => 500; // the gateway will tell later
  const give = () => world.account.completeSetup(setup.redirectUrl, 'pm_card_visa');
  let brought = isAsked ? await give() : undefined;
  const act = async () => {
    if (!isAsked) brought ??= await give(); // what cannot be asked is told now
    return completed(payer, setup.id, brought);
  };
  return {
    act,
    check: async () => {
      const { status } = await completed(payer, setup.id, brought);
      const { body } = await payer.get('/v1/payment-methods');
      return [
        ...expectStatus('the completion', status, 200),
        ...expectStatus('the number of usable methods', body.data.length, 1),
      ];
    },
  };
};

/** The gateway tells of a finished setup, and the payer never comes back. */
export const setupTold: Scenario = async (world) => {
  const payer = await world.person('payer');
  const setup = await startedSetup(world, payer);
  return {
    act: () => world.account.completeSetup(setup.redirectUrl, 'pm_card_visa'),
    check: async () => {
      const { body } = await payer.get('/v1/payment-methods');
      return expectStatus('the number of usable methods', body.data.length, 1);
    },
  };
};

/** The payer removes a saved card. */
export const remove: Scenario = async (world) => {
  const { person, card } = await payerWith(world);
  const act = () => person.delete(`/v1/payment-methods/${card.id}`);
  return {
    act,
    again: () => person.persist(act),
    check: async () => {
      const [row] = await world.rows('SELECT provider_customer FROM payments.payment_method WHERE id = $1', [
        card.id,
      ]);
      const attached = await world.account.savedUnder(row.provider_customer);
      const charge = await (
        await world.person('finance')
      ).post('/v1/payments', orderFor({ person, card }), newKey());
      return [
        ...expectStatus('cards that the customer has at the gateway', attached.length, 0),
        ...expectStatus('charging the removed card', charge.status, 404),
      ];
    },
  };
};

/** News that only a webhook brings: the payer has authenticated at the bank; or their bank takes the money back. */
export const webhook: Scenario = (world) =>
  world.gateway.calls.prepare ? told(world, 'pm_card_authenticationRequired', 'succeeded') : takenBack(world);
/** The payer has authenticated, and the bank declines all the same: the object must be ended. */
export const webhookDeclined: Scenario = (world) =>
  told(world, 'pm_card_threeDSecureRequiredChargeDeclined', 'failed');

async function told(world: World, cardName: string, outcome: string): Promise<Case> {
  const { person, card } = await payerWith(world, cardName);
  const invoice = await invoiceFor(await world.person('finance'), person.payerId);
  const paid = await person.post(
    `/v1/invoices/${invoice.id}/payments`,
    { paymentMethodId: card.id },
    newKey(),
  );
  const intent = await providerPaymentOf(world, paid.body.id);
  await world.account.deliveriesDone(); // what is being waited for is the news to come
  return {
    act: () => world.account.authenticate(intent, 'succeed'),
    check: () => ends(world, paid.body.id, outcome),
  };
}

async function takenBack(world: World): Promise<Case> {
  const finance = await world.person('finance');
  const payment = await charged(finance, await payerWith(world));
  const name = await providerPaymentOf(world, payment.id);
  await world.account.deliveriesDone(); // what is being waited for is the news to come
  return {
    act: () => world.account.dispute(name),
    check: async () => {
      const disputed = await eventually(async () => {
        const { body } = await finance.get(`/v1/payments/${payment.id}`);
        return body.disputedMinor;
      }, payment.amountMinor);
      return expectStatus('what was taken back', disputed, payment.amountMinor);
    },
  };
}

/** The payer is back from their bank, and what their browser brings completes the payment. */
export const broughtBack: Scenario = async (world) => {
  const { person, card } = await payerWith(world, 'pm_card_threeDSecure2Required');
  const invoice = await invoiceFor(await world.person('finance'), person.payerId);
  const paying = { paymentMethodId: card.id, returnUrl: RETURN_URL };
  const { body: paid } = await person.post(`/v1/invoices/${invoice.id}/payments`, paying, newKey());
  const back = await world.account.authenticate(await providerPaymentOf(world, paid.id), 'succeed');
  const confirming = { returnUrl: RETURN_URL, ...back };
  const comeBack = (key: string) => person.post(`/v1/payments/${paid.id}/confirmations`, confirming, key);
  const key = newKey();
  return {
    act: () => comeBack(key),
    again: () => person.persist(() => comeBack(key)),
    check: async () => {
      // What the browser brought is kept nowhere: if it was lost, the payer's page brings it again.
      const shown = await person.get(`/v1/payments/${paid.id}`);
      if (shown.body.status === 'requires_action') await comeBack(newKey());
      return ends(world, paid.id, 'succeeded');
    },
  };
};

async function ends(world: World, paymentId: string, outcome: string): Promise<string[]> {
  const status = await eventually(async () => {
    const [row] = await world.rows('SELECT status FROM payments.payment WHERE id = $1', [paymentId]);
    return row.status as unknown;
  }, outcome);
  return expectStatus(`payment ${paymentId}`, status, outcome);
}

/** Waits a moment: the news may still be on its way. */
async function eventually(read: () => Promise<unknown>, wanted: unknown): Promise<unknown> {
  for (const end = Date.now() + 5_000; ; await new Promise((resolve) => setTimeout(resolve, 30))) {
    const value = await read();
    if (value === wanted || Date.now() > end) return value;
  }
}
