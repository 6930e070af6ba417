import { charges, inTurns, type Load, read } from '../reading.js';
import type { Side } from '../sides.js';
import type { Stage } from '../stage.js';

const CONCURRENCIES = [1, 16, 64];
/** A gateway call over the internet takes about this long. */
const SLOW_GATEWAY_MS = 200;
/** Payers do not all press the button in one millisecond: a charge at a slow gateway takes some 0.4 s, and the first ones are spread over that. */
const SLOW_LEAD_IN_SECONDS = 1;
const SLOW_SECONDS_MIN = 8;

/** A charge with a saved method, the gateway taking no time: what the program itself can do. */
export async function fastCharges(stage: Stage): Promise<void> {
  await stage.gateway.set({ delayMs: 0 });
  await chargesAt(stage, 'charge', 'charge, gateway 0 ms', { until: { seconds: stage.options.seconds } });
}

/** The same with a gateway that takes its time: what waiting does to the program. */
export async function slowCharges(stage: Stage): Promise<void> {
  await stage.gateway.set({ delayMs: SLOW_GATEWAY_MS });
  const seconds = Math.max(SLOW_SECONDS_MIN, stage.options.seconds);
  await chargesAt(stage, 'slow charge', `charge, gateway ${SLOW_GATEWAY_MS} ms`, {
    until: { seconds },
    leadInSeconds: SLOW_LEAD_IN_SECONDS,
  });
  await stage.gateway.set({ delayMs: 0 });
}

async function chargesAt(
  stage: Stage,
  key: string,
  work: string,
  load: Omit<Load, 'concurrency'>,
): Promise<void> {
  await stage.withSides(['tokenkeep', 'by-hand', 'floor'], async (sides) => {
    for (const side of sides) await warmUp(stage, side);
    for (const concurrency of CONCURRENCIES)
      stage.results.add(
        key,
        work,
        concurrency,
        await inTurns(stage, sides, (side) => read(stage, side, charges(side, { concurrency, ...load }))),
      );
  });
}

/** Compiled code and open connections are the ordinary state of a server. */
async function warmUp({ generator }: Stage, side: Side): Promise<void> {
  await generator.run(charges(side, { concurrency: 64, until: { seconds: 5 } }));
  await side.quiet();
}
