import type { Json } from './gateway-account.ts';
import { type Answer, newKey, type Person } from './person.ts';
import type { World } from './world.ts';

export const RETURN_URL = 'http://127.0.0.1:3000/back';

/** A trial's preparation failed: not the product under a fault, but the ground under the trial. */
function demand(what: string, status: number, expected: number, body: Json): void {
  if (status !== expected)
    throw new Error(`${what}: ${status} instead of ${expected}: ${JSON.stringify(body)}`);
}

type AtGateway = Pick<World, 'account'>;

export function cardSetup({ account }: AtGateway): object {
  return { type: 'card', flow: account.gateway.flow, returnUrl: RETURN_URL };
}

/** The payer begins to save a card. */
export async function startedSetup(at: AtGateway, payer: Person): Promise<Json> {
  const { status, body } = await payer.post('/v1/setup-intents', cardSetup(at));
  demand('A setup', status, 201, body);
  return body;
}

/** The payer saves a card on the gateway's own page, or in its fields. */
export async function savedCard(at: AtGateway, payer: Person, card = 'pm_card_visa'): Promise<Json> {
  const setup = await startedSetup(at, payer);
  const brought = await at.account.completeSetup(setup.redirectUrl, card);
  const { status, body } = await completed(payer, setup.id, brought);
  if (status !== 200) demand('A saved card', status, 201, body);
  return body;
}

/** Where the gateway tells what became of a setup, its news may come a moment after the payer. */
const NEWS_COMES_MS = 5_000;

export async function completed(payer: Person, setup: string, brought?: object): Promise<Answer> {
  for (const end = Date.now() + NEWS_COMES_MS; ;) {
    const answer = await payer.persist(() => payer.post(`/v1/setup-intents/${setup}/completions`, brought));
    if (answer.body?.code !== 'setup_incomplete' || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function invoiceFor(finance: Person, payerId: string, amountMinor = 12_500): Promise<Json> {
  const input = {
    payerId,
    kind: 'tuition',
    description: 'A trial',
    amountMinor,
    currency: 'USD',
    dueOn: '2027-09-01',
  };
  const { status, body } = await finance.post('/v1/invoices', input, newKey());
  demand('An invoice', status, 201, body);
  return body;
}

export interface Payer {
  person: Person;
  card: Json;
}

export async function payerWith(world: World, card?: string): Promise<Payer> {
  const person = await world.person('payer');
  return { person, card: await savedCard(world, person, card) };
}

/** What finance or a service asks for, without the payer. */
export function orderFor({ person, card }: Payer, more: object = {}): Json {
  const obligation = `course:${newKey()}`;
  return {
    payerId: person.payerId,
    paymentMethodId: card.id,
    amountMinor: 8_000,
    currency: 'USD',
    obligation,
    ...more,
  };
}

/** A payment that has succeeded (or is reserved), made by finance. */
export async function charged(finance: Person, payer: Payer, more: object = {}): Promise<Json> {
  const { status, body } = await finance.post('/v1/payments', orderFor(payer, more), newKey());
  demand('A payment', status, 201, body);
  return body;
}

/** The same, and money can be given back. */
export async function settled(world: World, finance: Person, payer: Payer): Promise<Json> {
  const payment = await charged(finance, payer);
  await world.account.settle(await providerPaymentOf(world, payment.id));
  return payment;
}

/** What the gateway's object behind a payment is called here. */
export async function providerPaymentOf(world: World, paymentId: string): Promise<string> {
  const [row] = await world.rows(
    `SELECT provider_payment FROM payments.payment_attempt WHERE payment_id = $1`,
    [paymentId],
  );
  return row?.provider_payment;
}
