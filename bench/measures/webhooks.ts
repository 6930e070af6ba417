import type { KnownIntent } from '../load/job.js';
import { charges, inTurns, read, readToTheEnd, webhooks } from '../reading.js';
import type { Side } from '../sides.js';
import type { Stage } from '../stage.js';

const CONCURRENCIES = [1, 16, 64];
/** How many payments the received events are about, one after the other and round again. */
const KNOWN_PAYMENTS = 200;

/**
 * Events verified and durable before the answer. By hand they are applied in the same transaction. Tokenkeep applies them
 * later: here in another process, so that this one only receives; `processed` measures the whole.
 */
export async function received(stage: Stage): Promise<void> {
  const { options, results, generator, postgres } = stage;
  await stage.withSides(
    ['tokenkeep', 'by-hand', 'floor'],
    async (sides) => {
      const intents = new Map<Side, KnownIntent[]>();
      for (const side of sides) {
        intents.set(side, await madePayments(stage, side, KNOWN_PAYMENTS));
        await generator.run(webhooks(side, intents.get(side)!, { concurrency: 64, until: { seconds: 3 } }));
      }
      for (const concurrency of CONCURRENCIES) {
        const load = { concurrency, until: { seconds: options.seconds } };
        const readings = await inTurns(stage, sides, (side) =>
          read(stage, side, webhooks(side, intents.get(side)!, load)),
        );
        results.add('received', 'webhook received', concurrency, readings);
      }
    },
    { environment: { WORKERS: 'off' } },
  );
  await postgres.query('tokenkeep', `UPDATE payments.webhook_event SET status = 'processed', due_at = NULL`);
}

/** Events about payments that are under way, until each is applied, audited and told to others. */
export async function processed(stage: Stage): Promise<void> {
  const { options, results } = stage;
  const concurrency = 64;
  await stage.withSides(['tokenkeep', 'by-hand'], async (sides) => {
    const run = async (side: Side) => {
      const intents = await openPayments(stage, side, options.events);
      return readToTheEnd(
        stage,
        side,
        webhooks(side, intents, { concurrency, until: { count: options.events } }),
      );
    };
    for (const side of sides) await run(side); // as everywhere, what is measured is a program that has run before
    const readings = await inTurns(stage, sides, run);
    results.add('processed', 'webhook processed to the end', concurrency, readings);
  });
}

/** Payments whose outcome the gateway has not told yet. */
async function openPayments(stage: Stage, side: Side, count: number): Promise<KnownIntent[]> {
  await stage.gateway.set({ confirmsAs: 'processing' });
  const intents = await madePayments(stage, side, count);
  await stage.gateway.set({ confirmsAs: 'succeeded' });
  return intents;
}

async function madePayments(
  { gateway, generator }: Stage,
  side: Side,
  count: number,
): Promise<KnownIntent[]> {
  await gateway.forget();
  await generator.run(charges(side, { concurrency: 16, until: { count } }));
  await side.quiet();
  return gateway.intentsOf(side.account);
}
