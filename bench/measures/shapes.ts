import { charges, inTurns, read } from '../reading.js';
import { startPostgres } from '../postgres.js';
import { type Side, startSide } from '../sides.js';
import type { Stage } from '../stage.js';

const CONCURRENCIES = [16, 64];

/** The same charge with payments in the application's database, and on a server of their own: what isolation costs. */
export async function shapes(stage: Stage): Promise<void> {
  await stage.gateway.set({ delayMs: 0 });
  const { surroundings, options } = stage;
  const vault = await startPostgres(`${surroundings.folder}/vault`);
  const cpuSeconds = () => stage.postgres.cpuSeconds() + vault.cpuSeconds();
  const both = { ...stage, postgres: { ...stage.postgres, cpuSeconds } };
  const sides: Side[] = [];
  try {
    for (const name of ['tokenkeep', 'isolated'] as const)
      sides.push(await startSide(name, { ...surroundings, vault }));
    for (const side of sides) {
      await stage.generator.run(charges(side, { concurrency: 16, until: { seconds: 2 } })); // warm
      await side.quiet();
    }
    for (const concurrency of CONCURRENCIES)
      stage.results.add(
        'shapes',
        'charge, shared and isolated',
        concurrency,
        await inTurns(stage, sides, (side) =>
          read(both, side, charges(side, { concurrency, until: { seconds: options.seconds } })),
        ),
      );
  } finally {
    for (const side of sides) await side.stop();
    await vault.stop();
  }
}
