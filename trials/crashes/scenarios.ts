import {
  charged,
  invoiceFor,
  orderFor,
  payerWith,
  providerPaymentOf,
  RETURN_URL,
  savedCard,
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
      await world.account.authenticate(await providerPaymentOf(world, payment.id), 'succeed');
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
  const payment = await charged(finance, await payerWith(world));
  const key = newKey();
  const act = () => finance.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 3_000 }, key);
  return {
    act,
    again: () => finance.persist(act),
    check: async () => {
      const { body } = await finance.get(`/v1/payments/${payment.id}`);
      return expectStatus('what was given back', body.refundedMinor, 3_000);
    },
  };
};

/** The payer begins to save a card; the process dies before they could. They begin again. */
export const setUp: Scenario = async (world) => {
  const payer = await world.person('payer');
  const begin = { type: 'card', flow: 'redirect', returnUrl: RETURN_URL };
  return {
    act: () => payer.post('/v1/setup-intents', begin),
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
  const setup = await startedSetup(payer);
  world.relay.fate = async () => 500; // the gateway will tell later
  await world.account.completeSetup(setup.redirectUrl, 'pm_card_visa');
  const act = () => payer.post(`/v1/setup-intents/${setup.id}/completions`);
  return {
    act,
    check: async () => {
      const completed = await act();
      const { body } = await payer.get('/v1/payment-methods');
      return [
        ...expectStatus('the completion', completed.status, 200),
        ...expectStatus('the number of usable methods', body.data.length, 1),
      ];
    },
  };
};

/** The gateway tells of a finished setup, and the payer never comes back. */
export const setupTold: Scenario = async (world) => {
  const payer = await world.person('payer');
  const setup = await startedSetup(payer);
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
      const { data: attached } = await world.account.call(
        'GET',
        `/v1/customers/${row.provider_customer}/payment_methods`,
      );
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

/** News that only a webhook brings: the payer has authenticated at the bank. */
export const webhook: Scenario = (world) => told(world, 'pm_card_authenticationRequired', 'succeeded');
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

/** Waits a moment: the news may still be on its way. */
async function ends(world: World, paymentId: string, outcome: string): Promise<string[]> {
  let status: unknown;
  for (
    const end = Date.now() + 5_000;
    Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 30))
  ) {
    [{ status }] = (await world.rows('SELECT status FROM payments.payment WHERE id = $1', [paymentId])) as [
      { status: unknown },
    ];
    if (status === outcome) return [];
  }
  return expectStatus(`payment ${paymentId}`, status, outcome);
}
