import { judge } from '../judge/judge.ts';
import { Random } from '../random.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import type { Json } from '../world/gateway-account.ts';
import { invoiceFor, type Payer, payerWith, providerPaymentOf } from '../world/given.ts';
import { heal } from '../world/healing.ts';
import type { House } from '../world/house.ts';
import { newKey } from '../world/person.ts';
import type { Delivery } from '../world/webhook-relay.ts';
import { World } from '../world/world.ts';
import { TALES } from './news.ts';
import { sequences } from './orders.ts';

const AT_ONCE = 6;
const SEQUENCES_PER_WORLD = 120;
const APPLIED_MS = 15_000;

/** Part (e): the webhooks of one payment in every order, with every set of them doubled: it ends the same. */
export const webhooks: Part = async (options) => {
  const { told } = TALES[options.gateway.name];
  const all = sequences(told.length, options.count, new Random(options.seed));
  const findings: Finding[] = [];
  const { house } = options;
  let done = 0;
  while (done < all.length) {
    const some = all.slice(done, done + SEQUENCES_PER_WORLD);
    const wrong = await deliverAll(house, options, some);
    options.progress((done += some.length), all.length, findings.length);
    if (wrong.length === 0) continue;
    const replay = `npm run trials -- --only webhooks --seed ${options.seed} --count ${options.count}`;
    findings.push({
      part: 'webhooks',
      trial: `sequences ${done - some.length} to ${done}`,
      seed: options.seed,
      replay,
      wrong,
    });
    if (options.stopsAtFirst) break;
  }
  return {
    part: 'webhooks',
    trials: done,
    findings,
    notes: [`orders of ${told.length} events, with doubles`],
  };
};

async function deliverAll(
  house: House,
  { dist, shape, gateway, seed, sql = [] }: PartOptions,
  all: number[][],
): Promise<string[]> {
  const world = await World.create(house, { dist, shape, gateway });
  const wrong: string[] = [];
  try {
    for (const statement of sql) await world.rows(statement);
    const { card } = TALES[gateway.name];
    const left = await sideBySide([...all], async (sequence) => ({
      sequence,
      payer: await payerWith(world, card),
    }));
    await world.account.deliveriesDone(); // that the cards were saved has been heard
    world.relay.fate = async () => 200; // kept here, and sent on in the order of the trial
    const random = new Random(seed);
    for (const found of await sideBySide(left, (it) => deliver(world, it, random))) wrong.push(...found);
    wrong.push(...wordsOf(await judge(world, await heal(world))));
    return wrong;
  } finally {
    await world.stop();
  }
}

/** Some at once, in no order. */
async function sideBySide<T, R>(left: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) done.push(await work(one));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}

/** One payment whose news comes in this order; what it has become when all of it was applied. */
async function deliver(
  world: World,
  { sequence, payer }: { sequence: number[]; payer: Payer },
  random: Random,
): Promise<string[]> {
  const { paymentId, amountMinor, invoiceId, news } = await live(world, payer);
  for (const index of sequence) {
    const status = await world.relay.sendAgain(news[index]!);
    if (status !== 200) return [`a signed event was answered ${status}`];
    if (random.chance(0.4)) await applied(world, [news[index]!]);
  }
  await applied(world, news);
  const [payment] = await world.rows('SELECT * FROM payments.payment WHERE id = $1', [paymentId]);
  const [invoice] = await world.rows('SELECT status FROM app.invoice WHERE id = $1', [invoiceId]);
  const disputes = await world.rows(
    'SELECT status, withdrawn_minor FROM payments.dispute WHERE payment_id = $1 ORDER BY status',
    [paymentId],
  );
  const is = [
    payment.status,
    `captured ${payment.captured_minor}`,
    `disputed ${payment.disputed_minor}`,
    ...disputes.map((row: Json) => `dispute ${row.status} over ${row.withdrawn_minor}`),
    `invoice ${invoice.status}`,
  ].join(', ');
  const { told, becomes } = TALES[world.gateway.name];
  const expected = `${becomes(amountMinor)}, invoice paid`;
  if (is === expected) return [];
  return [`after ${sequence.map((index) => told[index]).join(' > ')}: ${is}; expected ${expected}`];
}

/** Pays by card; all that follows happens at the gateway. */
async function live(world: World, payer: Payer) {
  const { happens, told } = TALES[world.gateway.name];
  const { id: invoiceId, amountMinor } = await invoiceFor(
    await world.person('finance'),
    payer.person.payerId,
  );
  const paid = await payer.person.post(
    `/v1/invoices/${invoiceId}/payments`,
    { paymentMethodId: payer.card.id },
    newKey(),
  );
  const payment = await providerPaymentOf(world, paid.body.id);
  await happens(world, payment, amountMinor);
  await world.account.deliveriesDone();
  const its = world.relay.received.filter(({ event }) => world.gateway.isAbout(event.object, payment));
  const left = its.filter(({ event }) => told.includes(event.type));
  const news = told.map((type) => {
    const at = left.findIndex(({ event }) => event.type === type);
    return at < 0 ? undefined : left.splice(at, 1)[0]!;
  });
  if (news.includes(undefined) || left.length > 0)
    throw new Error(`The gateway told only ${its.map(({ event }) => event.type).join(', ')}`);
  return {
    paymentId: paid.body.id as string,
    amountMinor: amountMinor as number,
    invoiceId: invoiceId as string,
    news: news as Delivery[],
  };
}

/** Waits until these events and what they caused are through. */
async function applied(world: World, news: Delivery[]): Promise<void> {
  const ids = news.map(({ event }) => event.id);
  for (
    const end = Date.now() + APPLIED_MS;
    Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 15))
  ) {
    const [row] = await world.rows<{ events: string; messages: string }>(
      `SELECT (SELECT count(DISTINCT provider_event_id) FROM payments.webhook_event WHERE provider_event_id = ANY($1) AND status = 'processed') AS events,
              (SELECT count(*) FROM payments.outbox_message WHERE delivered_at IS NULL) AS messages`,
      [ids],
    );
    if (Number(row!.events) >= ids.length && row!.messages === '0') return;
  }
}
