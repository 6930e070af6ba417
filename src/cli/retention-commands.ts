import { Command } from 'commander';
import { Retention } from '../platform/retention/retention.js';
import type { RunOnEitherSide } from './running.js';

/** `retention …`: what is kept for a time, by whichever modules this program has. */
export function retentionCommands(run: RunOnEitherSide): Command {
  const retention = new Command('retention').description('what is kept for a time');
  retention
    .command('run')
    .description(
      'remove what is past its time now; processes that work in the background do so by themselves',
    )
    .option('--dry-run', 'only say what would go')
    .action(({ dryRun = false }: { dryRun?: boolean }) =>
      run(async (app) => {
        const kept = app.get(Retention, { strict: false });
        const rows = dryRun ? await kept.pastTheirTime() : await kept.run();
        for (const { what, setting, days, rows: count } of rows)
          console.log(
            `${count} ${what} ${dryRun ? 'would go' : 'went'} (older than ${days} days, ${setting})`,
          );
      }),
    );
  return retention;
}
