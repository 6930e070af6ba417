import { judge } from '../judge/judge.ts';
import type { TrialGateway } from '../gateways/gateway.ts';
import { wordsOf } from '../trial.ts';
import { charged, invoiceFor, payerWith, providerPaymentOf } from '../world/given.ts';
import type { GatewayCall } from '../world/gateway-proxy.ts';
import { heal, settle } from '../world/healing.ts';
import { newKey } from '../world/person.ts';
import { before, unsent, type Verdict } from '../world/points.ts';
import type { World } from '../world/world.ts';
import { BEGIN, SETTLE } from './points.ts';
import { pay, webhook } from './scenarios.ts';

/** A point of the matrix that is more than one death. */
export interface Story {
  name: string;
  story: string;
  run: (world: World) => Promise<string[]>;
  /** It is told in the words of a gateway that can be asked for what it told. */
  needsAsking?: true;
}

const judged = async (world: World, wrong: string[]): Promise<string[]> => [
  ...wrong,
  ...wordsOf(await judge(world, await settle(world))),
];

/** Deaths that we see; a few more than it takes to be parked. */
const DEATHS_MAX = 8;
const NO_DEATH_MS = 4_000;
const REACHED_MS = 10_000;

/** W5: an event kills its worker each time. It is counted before it is applied, parked, and holds nobody up. */
async function poison(world: World): Promise<string[]> {
  const flow = await webhook(world);
  const [{ provider_payment: poisoned }] = (await world.rows(
    'SELECT provider_payment FROM payments.payment_attempt ORDER BY created_at DESC LIMIT 1',
  )) as [{ provider_payment: string }];
  let deaths = 0;
  const kill = async (): Promise<Verdict> => {
    deaths += 1;
    await world.payments.kill();
    return 'cut';
  };
  const asked = () => world.points.at(unsent(new RegExp(`^GET /v1/payment_intents/${poisoned}$`)), kill);

  let died = asked();
  await flow.act();
  while (deaths <= DEATHS_MAX && (await Promise.race([died.then(() => true), later(NO_DEATH_MS)]))) {
    await until(() => !world.payments.isRunning);
    // As if it had died many times more; and its lease has passed.
    await world.rows(
      `UPDATE payments.webhook_event SET tries = greatest(tries, 15), due_at = clock_timestamp() WHERE due_at IS NOT NULL`,
    );
    died = asked();
    await world.payments.start().catch(() => undefined); // it may die before it serves
  }
  if (!world.payments.isRunning) await world.payments.start();
  const wrong =
    deaths > DEATHS_MAX
      ? [`a poison event killed its worker ${deaths} times more, and was never parked`]
      : [];
  const healthy = await webhook(world);
  await healthy.act();
  wrong.push(...(await healthy.check()).map((words) => `behind a poison event: ${words}`));

  world.points.clear();
  await world.rows(
    `UPDATE payments.webhook_event SET status = 'received', tries = 0, due_at = clock_timestamp() WHERE status = 'parked'`,
  ); // what the operator's replay does
  await heal(world);
  wrong.push(...(await flow.check()));
  return judged(world, wrong);
}

/** O3: nobody works for hours while money moves; then the backlog goes out, in order for each payment. */
async function backlog(world: World): Promise<string[]> {
  await world.payments.kill();
  await world.payments.start({ WORKERS: 'off' });
  const finance = await world.person('finance');
  for (let count = 3; count > 0; count--) {
    const payer = await payerWith(world);
    const invoice = await invoiceFor(finance, payer.person.payerId);
    const paying = { paymentMethodId: payer.card.id };
    const { body } = await payer.person.post(`/v1/invoices/${invoice.id}/payments`, paying, newKey());
    await world.account.settle(await providerPaymentOf(world, body.id));
    for (const amountMinor of [100, 200])
      await finance.post(`/v1/payments/${body.id}/refunds`, { amountMinor }, newKey());
  }
  await world.payments.kill();
  await world.payments.start();
  await heal(world);
  return judged(world, []);
}

/** Long enough that no transaction of anybody else can stay open and idle for all of it. */
const SLOW_MS = 700;

/** R2: while a slow gateway is asked, no transaction waits for it. */
async function slowGateway(world: World): Promise<string[]> {
  const { gateway, database } = world.first;
  const wrong: string[] = [];
  gateway.watcher = {
    faultOf: () => ({
      then: async (answer) => {
        await later(SLOW_MS);
        return answer;
      },
    }),
  };
  gateway.whileAsking = ({ what }: GatewayCall) => {
    const open = [...database!.sessions].filter(
      ({ status, pending }) => status === 'T' && pending.length === 0,
    );
    const before = open.map((session) => ({ session, count: session.count }));
    return () => {
      for (const { session, count } of before)
        if (session.status === 'T' && session.count === count)
          wrong.push(`${what} was made with a transaction open: ${session.transaction.at(-1)}`);
    };
  };
  const finance = await world.person('finance');
  const payment = await charged(finance, await payerWith(world), { capture: 'manual' });
  await finance.post(`/v1/payments/${payment.id}/captures`, {}, newKey());
  await world.account.settle(await providerPaymentOf(world, payment.id));
  await finance.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 100 }, newKey());
  gateway.whileAsking = () => () => undefined;
  await heal(world);
  return judged(world, [...new Set(wrong)]);
}

/**
 * C5 and C0b: process and statement die in the middle of writing. The statement has changed the payment and waits for
 * the audit log, which is locked; then both end.
 */
async function insideStatement(world: World, what: RegExp): Promise<string[]> {
  const flow = await pay(world);
  const watching = world.house.postgres.pool(world.databaseName);
  const locking = await watching.connect();
  try {
    const written = world.points.at(before(what), async (): Promise<Verdict> => {
      await locking.query('BEGIN; LOCK TABLE payments.audit_entry IN SHARE ROW EXCLUSIVE MODE');
      return 'pass';
    });
    const acting = flow.act().catch(() => undefined);
    if (!(await Promise.race([written.then(() => true), later(REACHED_MS)])))
      return ['the statement never came'];
    let stuck: { pid: number }[] = [];
    while (stuck.length === 0) {
      await later(10);
      stuck = await world.rows(
        `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'tokenkeep payments'`,
      );
    }
    await world.payments.kill();
    await world.rows('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [
      stuck.map(({ pid }) => pid),
    ]);
    await acting;
  } finally {
    await locking.query('ROLLBACK');
    locking.release();
    await watching.end();
  }
  await world.payments.start();
  await heal(world);
  await flow.again?.();
  await settle(world);
  return judged(world, await flow.check());
}

const STORIES: readonly Story[] = [
  { name: 'C0b', story: 'in the middle of the intention', run: (world) => insideStatement(world, BEGIN) },
  { name: 'C5', story: 'in the middle of the outcome', run: (world) => insideStatement(world, SETTLE) },
  { name: 'W5', story: 'an event kills its worker each time', run: poison, needsAsking: true },
  { name: 'O3', story: 'nobody works for hours', run: backlog },
  { name: 'T0', story: 'a slow gateway holds no transaction', run: slowGateway },
];

export function stories({ listsEvents }: TrialGateway): readonly Story[] {
  return STORIES.filter(({ needsAsking }) => listsEvents || !needsAsking);
}

async function later(ms: number): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return false;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await later(10);
}
