import { callOf, type Calls } from '../gateways/gateway.ts';
import { charged, invoiceFor, payerWith, providerPaymentOf, settled } from '../world/given.ts';
import { makeDue, settle } from '../world/healing.ts';
import { newKey } from '../world/person.ts';
import { before, type Moment, unheard, unsent } from '../world/points.ts';
import type { World } from '../world/world.ts';
import { after, type Held, hold } from './holding.ts';
import type { Race } from './races.ts';

const NOT_REACHED = ['the moment never came, so nothing was tried'];
const other = (world: World, index: number) => world.instances[1 - index]!;

/** Stops whichever instance comes first to the moment; says which it was. */
async function holdFirst(world: World, moment: Moment): Promise<{ index: number; held: Held } | null> {
  const held = world.instances.map(({ points }) => hold(points, moment));
  const index = await Promise.race([
    ...held.map(({ there }, it) => there.then((is) => (is ? it : null))),
    after(9_000),
  ]);
  if (index === null) return null;
  other(world, index).points.clear();
  return { index, held: held[index]! };
}

/** Recovery takes over from a request that hangs before its gateway call arrives; then the late call arrives, too. */
const overtaken =
  (
    call: keyof Calls,
    begin: (world: World) => Promise<() => Promise<unknown>>,
    meanwhile: (world: World) => Promise<unknown> = async () => undefined,
  ) =>
  async (world: World) => {
    const act = await begin(world);
    const held = hold(world.first.points, unsent(callOf(world.gateway.calls[call]!)));
    const acting = act();
    if (!(await held.there)) return NOT_REACHED;
    await makeDue(world);
    await settle(world);
    await meanwhile(world);
    held.letGo();
    await acting;
    await settle(world);
    return [];
  };

const paying = async (world: World) => {
  const payer = await payerWith(world);
  const invoice = await invoiceFor(await world.person('finance'), payer.person.payerId);
  const body = { paymentMethodId: payer.card.id };
  return () => payer.person.post(`/v1/invoices/${invoice.id}/payments`, body, newKey());
};

/** A machine that was put to sleep wakes after its gateway has forgotten the key. */
const aDayAtTheGateway = (world: World) => world.account.call('POST', '/_sandbox/clock', { advance: '25h' });

const refunding = async (world: World) => {
  const finance = await world.person('finance');
  const { id } = await settled(world, finance, await payerWith(world));
  return () => finance.post(`/v1/payments/${id}/refunds`, { amountMinor: 2_500 }, newKey());
};

const capturing = async (world: World) => {
  const finance = await world.person('finance');
  const { id } = await charged(finance, await payerWith(world), { capture: 'manual' });
  return () => finance.post(`/v1/payments/${id}/captures`, {}, newKey());
};

/** One worker has read that the payer must authenticate, and sleeps; they do, and it succeeds; the sleeper wakes. */
async function oldNews(world: World): Promise<string[]> {
  const payer = await payerWith(world, 'pm_card_authenticationRequired');
  const { id } = await charged(await world.person('finance'), payer, { capture: 'manual' });
  const intent = await providerPaymentOf(world, id);
  await settle(world);
  const read = /^GET \/v1\/payment_intents\/\w+$/;
  const finding = holdFirst(world, unheard(read)); // the worker has the old answer from here on
  world.relay.target = world.payments.url;
  const confirming = payer.person.post(
    `/v1/payments/${id}/confirmations`,
    { returnUrl: 'http://127.0.0.1:3000/' },
    newKey(),
  );
  await confirming;
  const found = await finding;
  if (!found) return NOT_REACHED;
  await world.account.authenticate(intent, 'succeed');
  await after(300);
  await makeDue(world);
  await until(async () => {
    const [row] = await world.rows('SELECT status FROM payments.payment WHERE id = $1', [id]);
    return row.status === 'requires_capture';
  });
  found.held.letGo();
  await settle(world);
  return [];
}

/** The first statement after the gateway was asked. */
const HAS_READ_DISPUTE = /FROM payments\.payment_attempt PaymentAttempt WHERE .*gateway = \$1/;

/** One worker has read that the payer's bank took the money, and sleeps; the bank gives it back; the sleeper wakes. */
async function oldDispute(world: World): Promise<string[]> {
  const finance = await world.person('finance');
  const { id } = await charged(finance, await payerWith(world));
  await world.account.deliveriesDone();
  await settle(world);
  const finding = holdFirst(world, before(HAS_READ_DISPUTE));
  const { id: dispute } = await world.account.dispute(await providerPaymentOf(world, id));
  const found = await finding;
  if (!found) return NOT_REACHED;
  await world.account.call('POST', `/_sandbox/disputes/${dispute}/close`, { status: 'won' });
  await makeDue(world); // whoever holds the first news is slower than its lease
  await until(async () => {
    const [row] = await world.rows('SELECT status FROM payments.dispute WHERE payment_id = $1', [id]);
    return row?.status === 'won' && (await openEvents(world)).length === 0;
  });
  found.held.letGo();
  await after(300);
  const [row] = await world.rows('SELECT status FROM payments.dispute WHERE payment_id = $1', [id]);
  await settle(world);
  return row.status === 'won' ? [] : [`a dispute that was won is ${row.status} by older news`];
}

/** A worker's lease passes while it is about to mark a message; another has taken it. The first must not mark it. */
async function staleRelay(world: World): Promise<string[]> {
  const mark = before(/UPDATE payments\.outbox_message SET delivered_at/);
  const finding = holdFirst(world, mark);
  const payer = await payerWith(world); // a saved method is told
  const first = await finding;
  if (!first) return NOT_REACHED;
  const taking = holdFirst(world, mark); // by the other process, or by another worker of the same one
  await makeDue(world);
  const second = await taking;
  if (!second) return NOT_REACHED;
  first.held.letGo();
  await after(400);
  const [row] = await world.rows(
    'SELECT delivered_at, due_at FROM payments.outbox_message WHERE aggregate_id = $1',
    [payer.card.id],
  );
  const wrong = row.delivered_at === null ? [] : ['a worker marked a message whose lease another one held'];
  second.held.letGo();
  await settle(world);
  return wrong;
}

/** A worker hangs in applying an event; another applies it; then the first one fails. It stays applied. */
async function staleFailure(world: World): Promise<string[]> {
  const payer = await payerWith(world, 'pm_card_authenticationRequired');
  const { id } = await charged(await world.person('finance'), payer, { capture: 'manual' });
  await settle(world);
  await payer.person.post(
    `/v1/payments/${id}/confirmations`,
    { returnUrl: 'http://127.0.0.1:3000/' },
    newKey(),
  );
  await settle(world);
  const read = /^GET \/v1\/payment_intents\/\w+$/;
  const finding = holdFirst(world, unsent(read));
  await world.account.authenticate(await providerPaymentOf(world, id), 'succeed');
  const first = await finding;
  if (!first) return NOT_REACHED;
  await makeDue(world);
  await until(async () => (await openEvents(world)).length === 0);
  const { gateway } = world.instances[first.index]!;
  gateway.watcher = { faultOf: () => ({ instead: async () => null }) };
  first.held.letGo('cut');
  await after(1_500); // the application's library asks once more
  gateway.watcher = {};
  const open = await openEvents(world);
  return open.map((words) => `a worker that had lost its lease changed an event: ${words}`);
}

async function openEvents(world: World): Promise<string[]> {
  const rows = await world.rows(
    `SELECT type || ' is ' || status AS words FROM payments.webhook_event WHERE status <> 'processed'`,
  );
  return rows.map(({ words }) => words as string);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 8_000; !(await isTrue()); await after(30))
    if (Date.now() > end) throw new Error('The ground under a race never became what it needs');
}

export const OVERTAKINGS: readonly Race[] = [
  {
    name: 'late-prepare',
    story: 'recovery overtakes a charge that hangs',
    run: overtaken('prepare', paying),
    needs: 'prepare',
    atOnce: 1,
  },
  {
    name: 'forgotten-prepare',
    story: 'recovery overtakes a charge that hangs for a day, and whose key the gateway has forgotten',
    run: overtaken('prepare', paying, aDayAtTheGateway),
    needs: 'prepare',
    atOnce: 1,
  },
  {
    name: 'late-confirm',
    story: 'recovery overtakes a confirmation that hangs',
    run: overtaken('confirm', paying),
    atOnce: 1,
  },
  {
    name: 'late-refund',
    story: 'recovery overtakes a refund that hangs',
    run: overtaken('refund', refunding),
    atOnce: 1,
  },
  {
    name: 'late-capture',
    story: 'recovery overtakes a capture that hangs',
    run: overtaken('capture', capturing),
    atOnce: 1,
  },
  { name: 'old-news', story: 'old news arrives after new', run: oldNews, atOnce: 1, needs: 'prepare' },
  {
    name: 'old-dispute',
    story: 'old news of a dispute arrives after new',
    run: oldDispute,
    atOnce: 1,
  },
  { name: 'stale-relay', story: 'a relay whose lease has passed goes on', run: staleRelay, atOnce: 1 },
  {
    name: 'stale-failure',
    story: 'a worker whose lease has passed fails',
    run: staleFailure,
    atOnce: 1,
    needs: 'prepare',
  },
];
