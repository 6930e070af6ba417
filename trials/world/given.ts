import type { Json } from './gateway-account.ts';
import { newKey, type Person } from './person.ts';
import type { World } from './world.ts';

export const RETURN_URL = 'http://127.0.0.1:3000/back';

/** A trial's preparation failed: not the product under a fault, but the ground under the trial. */
function demand(what: string, status: number, expected: number, body: Json): void {
  if (status !== expected)
    throw new Error(`${what}: ${status} instead of ${expected}: ${JSON.stringify(body)}`);
}

/** The payer begins to save a card. */
export async function startedSetup(payer: Person): Promise<Json> {
  const { status, body } = await payer.post('/v1/setup-intents', {
    type: 'card',
    flow: 'redirect',
    returnUrl: RETURN_URL,
  });
  demand('A setup', status, 201, body);
  return body;
}

/** The payer saves a card on the gateway's own page. */
export async function savedCard(
  { account }: Pick<World, 'account'>,
  payer: Person,
  card = 'pm_card_visa',
): Promise<Json> {
  const setup = await startedSetup(payer);
  await account.completeSetup(setup.redirectUrl, card);
  const { status, body } = await payer.persist(() => payer.post(`/v1/setup-intents/${setup.id}/completions`));
  if (status !== 200) demand('A saved card', status, 201, body);
  return body;
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

/** The gateway's object behind a payment. */
export async function providerPaymentOf(world: World, paymentId: string): Promise<string> {
  const [row] = await world.rows(
    `SELECT provider_payment FROM payments.payment_attempt WHERE payment_id = $1`,
    [paymentId],
  );
  return row?.provider_payment;
}
