import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

/** What a healed world may need: a few rounds of recovery, each with its gateway calls. */
const HEALING_MS = 25_000;
const SETTLING_MS = 12_000;
const LOOK_EVERY_MS = 40;
/** Often enough that a step which itself became due later does not make the trial wait; rarely enough to let work end. */
const MAKE_DUE_EVERY_MS = 1_500;
/** When nothing moves by itself any more, a day passes: past 20 hours nothing is sent again, and recovery only asks. */
const A_DAY_PASSES_AFTER_MS = 9_000;
/** Whoever had decided to send before the day passed has sent. */
const SENT_BY_MS = 1_000;

/** Everything works again, and time passes: what is due is done until nothing is left to do. Returns what stayed undone. */
export async function heal(world: World): Promise<string[]> {
  for (const { points, gateway } of world.instances) {
    points.clear();
    gateway.watcher = {};
  }
  await world.startAgain();
  world.relay.heal();
  await world.account.worksAgain();
  for (;;) {
    const told = await redeliver(world);
    const left = await untilQuiet(world, { asksForLost: true });
    // What ends now is told of, too: a payment that was unknown may be disputed as soon as it succeeds.
    if (left.length > 0 || (await deliveriesOf(world)).length === told) return left;
  }
}

/** The same for a world that is whole already: what was begun meanwhile is done. */
export function settle(world: World): Promise<string[]> {
  return untilQuiet(world, { asksForLost: false });
}

interface Delivery {
  status: string;
  event: string;
}

async function deliveriesOf(world: World): Promise<Delivery[]> {
  return (await world.account.call('GET', '/_sandbox/deliveries')).data as Delivery[];
}

/** The gateway's own retries, brought forward; what was lost for good must be found by asking the gateway. Returns how many there are. */
async function redeliver(world: World): Promise<number> {
  await world.account.deliveriesDone();
  const deliveries = await deliveriesOf(world);
  const waiting = new Set(deliveries.filter(({ status }) => status === 'pending').map(({ event }) => event));
  const latest = new Map(world.relay.received.map((delivery) => [delivery.event.id, delivery]));
  for (const id of waiting) {
    const delivery = latest.get(id);
    if (delivery) await world.relay.sendAgain(delivery);
    else if (!world.sentAgain.has(id)) await world.account.call('POST', `/_sandbox/events/${id}/resend`, {});
    world.sentAgain.add(id);
  }
  await world.account.deliveriesDone();
  return deliveries.length;
}

async function untilQuiet(world: World, how: { asksForLost: boolean }): Promise<string[]> {
  const begun = Date.now();
  let madeDue = 0;
  let aDayPassed = false;
  for (;;) {
    if (Date.now() - madeDue > MAKE_DUE_EVERY_MS) {
      await makeDue(world);
      madeDue = Date.now();
      await sleep(LOOK_EVERY_MS);
    }
    const open = await unfinished(world);
    if (how.asksForLost) open.push(...(await unasked(world, begun)));
    if (open.length === 0 && (await isIdle(world))) return [];
    const waited = Date.now() - begun;
    if (waited > (how.asksForLost ? HEALING_MS : SETTLING_MS)) return open;
    if (waited > A_DAY_PASSES_AFTER_MS && !aDayPassed) {
      aDayPassed = true;
      await letADayPass(world);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Of these, only what waits for the gateway: notices of an expiry and checks before a charge lie years ahead, for every card again and again. */
const ONLY: Record<string, string> = { payment_method_task: `AND kind = 'detach'` };

/** Every table with `due_at` is a to-do list; what lies in the future is done now. */
export async function makeDue(world: World): Promise<void> {
  const tables = await world.rows<{ table: string }>(
    `SELECT table_name AS "table" FROM information_schema.columns
      WHERE table_schema = 'payments' AND column_name = 'due_at' ORDER BY 1`,
  );
  // What somebody holds this moment is being worked on; to wait for it could be to wait for each other.
  for (const { table } of tables)
    await world.rows(
      `UPDATE payments.${table} SET due_at = clock_timestamp()
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM payments.${table} WHERE due_at > clock_timestamp() ${ONLY[table] ?? ''} FOR UPDATE SKIP LOCKED))`,
    );
}

/** Here and then at the gateway, which forgets its keys: whoever sent again now would do it twice. */
async function letADayPass(world: World): Promise<void> {
  for (const table of ['payment_attempt', 'payment_operation', 'refund'])
    await world.rows(
      `UPDATE payments.${table} SET created_at = created_at - interval '25 hours' WHERE due_at IS NOT NULL`,
    );
  await sleep(SENT_BY_MS);
  await world.account.call('POST', '/_sandbox/clock', { advance: '25h' });
  await makeDue(world);
}

/** What must not stay like this once everything works: in words, for the report. */
export async function unfinished(world: World): Promise<string[]> {
  const rows = await world.rows<{ words: string }>(`
    SELECT 'webhook event ' || provider_event_id || ' (' || type || ') stays ' || status || coalesce(': ' || last_error, '') AS words
      FROM payments.webhook_event WHERE status IN ('received', 'failed')
    UNION ALL
    SELECT 'message ' || type || ' of ' || aggregate_id || ' is not delivered' FROM payments.outbox_message WHERE delivered_at IS NULL
    UNION ALL
    SELECT 'payment ' || id || ' stays processing (confirming)' FROM payments.payment
     WHERE status = 'processing' AND status_detail = 'confirming'
    UNION ALL
    SELECT kind || ' ' || id || ' of payment ' || payment_id || ' stays begun' FROM payments.payment_operation WHERE status = 'begun'
    UNION ALL
    SELECT 'refund ' || id || ' of payment ' || payment_id || ' has no outcome' FROM payments.refund
     WHERE status = 'pending' AND provider_refund IS NULL
    UNION ALL
    SELECT 'payment method ' || id || ' is removed here and not at the gateway' FROM payments.payment_method
     WHERE status = 'removed' AND detached_at IS NULL`);
  return rows.map(({ words }) => words);
}

/** Lost events are found by asking the gateway for its list; that must have happened since everything works. */
async function unasked(world: World, begun: number): Promise<string[]> {
  const rows = await world.rows(
    `SELECT 1 FROM payments.event_backfill
      WHERE gateway = $2 AND coalesce(read_until, 'epoch') < to_timestamp($1 / 1000.0)`,
    [begun, world.gateway.name],
  );
  return rows.map(() => 'the list of events was not read again');
}

/** Nobody is at work: no row is held under a lease by a live worker, as far as the future can tell. */
async function isIdle(world: World): Promise<boolean> {
  const [row] = await world.rows<{ count: string }>(
    `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
  );
  return row!.count === '0';
}
