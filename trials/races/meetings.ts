import {
  charged,
  invoiceFor,
  orderFor,
  payerWith,
  providerPaymentOf,
  RETURN_URL,
  settled,
} from '../world/given.ts';
import { type Answer, newKey } from '../world/person.ts';
import type { World } from '../world/world.ts';
import type { Race } from './races.ts';

const AT_ONCE = 8;

/** Both instances are asked at the same moment. */
async function both(world: World, ask: (url: string, index: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(world.instances.map(({ application }, index) => ask(application.url, index)));
}

const said = (answers: Answer[]): string =>
  answers.map(({ status, body }) => `${status} ${body?.code ?? body?.status ?? ''}`).join(' and ');
const made = (answers: Answer[]): Answer[] =>
  answers.filter(({ status, isReplay }) => status === 201 && !isReplay);

/** One is served; the other is told why not. */
function oneOf(answers: Answer[], codes: readonly string[]): string[] {
  const refused = answers.filter(({ body }) => codes.includes(body?.code));
  const isRight = made(answers).length === 1 && refused.length === answers.length - 1;
  return isRight ? [] : [`expected one to be served and one refused, got ${said(answers)}`];
}

/** Both mean the same: it happens once, and both are told of it. */
function sameFor(answers: Answer[]): string[] {
  const ids = new Set(answers.map(({ body }) => body?.id));
  return made(answers).length === 1 && ids.size === 1
    ? []
    : [`expected one thing made and repeated, got ${said(answers)}`];
}

async function oneKey(world: World): Promise<string[]> {
  const payer = await payerWith(world);
  const invoice = await invoiceFor(await world.person('finance'), payer.person.payerId);
  const key = newKey();
  const paying = { paymentMethodId: payer.card.id };
  return sameFor(
    await both(world, (url) => payer.person.at(url).post(`/v1/invoices/${invoice.id}/payments`, paying, key)),
  );
}

async function oneObligation(world: World): Promise<string[]> {
  const order = orderFor(await payerWith(world));
  const finance = await world.person('finance');
  const answers = await both(world, (url) => finance.at(url).post('/v1/payments', order, newKey()));
  return oneOf(answers, ['obligation_has_open_payment', 'obligation_already_paid']);
}

/** The same, one after the other: what was paid is not paid again. */
async function paidAlready(world: World): Promise<string[]> {
  const order = orderFor(await payerWith(world));
  const finance = await world.person('finance');
  const answers = [
    await finance.post('/v1/payments', order, newKey()),
    await finance.post('/v1/payments', order, newKey()),
  ];
  return oneOf(answers, ['obligation_already_paid']);
}

async function oneRefundKey(world: World): Promise<string[]> {
  const finance = await world.person('finance');
  const { id } = await settled(world, finance, await payerWith(world));
  const key = newKey();
  return sameFor(
    await both(world, (url) =>
      finance.at(url).post(`/v1/payments/${id}/refunds`, { amountMinor: 3_000 }, key),
    ),
  );
}

/** 8,000 were taken; two refunds of 5,000 cannot both be. */
async function twoRefunds(world: World): Promise<string[]> {
  const finance = await world.person('finance');
  const { id } = await settled(world, finance, await payerWith(world));
  const refund = { amountMinor: 5_000 };
  const answers = await both(world, (url) =>
    finance.at(url).post(`/v1/payments/${id}/refunds`, refund, newKey()),
  );
  return oneOf(answers, ['refund_exceeds_payment']);
}

async function captureOrCancel(world: World): Promise<string[]> {
  const finance = await world.person('finance');
  const { id } = await charged(finance, await payerWith(world), { capture: 'manual' });
  const verbs = ['captures', 'cancellations'];
  const answers = await both(world, (url, index) =>
    finance.at(url).post(`/v1/payments/${id}/${verbs[index]}`, {}, newKey()),
  );
  return oneOf(answers, ['payment_state_conflict']);
}

/** The payer clicks twice, and then authenticates while both are under way. */
async function twoConfirmations(world: World): Promise<string[]> {
  const payer = await payerWith(world, 'pm_card_authenticationRequired');
  const { id } = await charged(await world.person('finance'), payer);
  const confirming = { returnUrl: RETURN_URL };
  const answers = await both(world, (url) =>
    payer.person.at(url).post(`/v1/payments/${id}/confirmations`, confirming, newKey()),
  );
  await world.account.authenticate(await providerPaymentOf(world, id), 'succeed').catch(() => undefined);
  const isRight = answers.every(
    ({ status, body }) => status === 201 || body?.code === 'payment_state_conflict',
  );
  return isRight ? [] : [`two confirmations were answered ${said(answers)}`];
}

async function removeOrCharge(world: World): Promise<string[]> {
  const payer = await payerWith(world);
  const finance = await world.person('finance');
  const [removed, payment] = await both(world, (url, index) =>
    index === 0
      ? payer.person.at(url).delete(`/v1/payment-methods/${payer.card.id}`)
      : finance.at(url).post('/v1/payments', orderFor(payer), newKey()),
  );
  const isRight = removed!.status === 204 && (payment!.status === 201 || payment!.body?.code === 'not_found');
  return isRight ? [] : [`removing and charging were answered ${said([removed!, payment!])}`];
}

export const MEETINGS: readonly Race[] = [
  { name: 'one-key', story: 'one key at two instances', run: oneKey, atOnce: AT_ONCE },
  { name: 'one-obligation', story: 'two keys, one obligation', run: oneObligation, atOnce: AT_ONCE },
  {
    name: 'paid-already',
    story: 'an obligation that is paid is asked for again',
    run: paidAlready,
    atOnce: AT_ONCE,
  },
  {
    name: 'one-refund-key',
    story: 'one refund under one key at two instances',
    run: oneRefundKey,
    atOnce: AT_ONCE,
  },
  {
    name: 'two-refunds',
    story: 'two refunds that together exceed the payment',
    run: twoRefunds,
    atOnce: AT_ONCE,
  },
  { name: 'capture-or-cancel', story: 'a capture and a cancellation', run: captureOrCancel, atOnce: AT_ONCE },
  {
    name: 'two-confirmations',
    story: 'two confirmations and an authentication',
    run: twoConfirmations,
    atOnce: AT_ONCE,
    needs: 'prepare',
  },
  { name: 'remove-or-charge', story: 'a card is removed and charged', run: removeOrCharge, atOnce: AT_ONCE },
];
