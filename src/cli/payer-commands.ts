import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PaymentsOperations } from '../payments/payments.operations.js';
import { operatorName } from '../platform/http/request-origin.js';
import type { Run } from './running.js';

/** Tokens and neighbours take seconds; what takes longer waits for somebody who is down, and goes on without us. */
const WAIT_SECONDS = 60;
const LOOK_MS = 500;
/** For schedulers: nothing was changed, because something is open. */
const EXIT_OPEN = 2;

/** `payers …`: single payers. */
export function payerCommands(run: Run): Command {
  const payers = new Command('payers').description('single payers');
  payers
    .command('erase <id>')
    .description(
      "forget a payer: destroy their tokens, there and here, and put a random stand-in where the payer's id is; what was paid stays. Exit status 2 when something is open",
    )
    .addOption(
      new Option('--wait <seconds>', 'how long to wait for its end; it goes on without waiting, too')
        .argParser(seconds)
        .default(WAIT_SECONDS),
    )
    .action((id: string, { wait }: { wait: number }) => run((operations) => erase(operations, id, wait)));
  return payers;
}

async function erase(operations: PaymentsOperations, payerId: string, waitSeconds: number): Promise<void> {
  const begun = await operations.erasePayer(payerId, operatorName());
  if ('open' in begun) {
    console.error('Nothing was changed. First end what is open:');
    for (const { kind, id, note } of begun.open) console.error(`  ${kind} ${id} (${note})`);
    process.exitCode = EXIT_OPEN;
    return;
  }
  const { erasureId, methods } = begun;
  console.log(
    `Erasure ${erasureId}: nothing of this payer can be charged any more (${methods} methods removed).`,
  );
  for (const since = Date.now(); ; await sleep(LOOK_MS)) {
    const { status, waitsFor } = await operations.erasureProgress(erasureId);
    if (status === 'done') return console.log('Done: the payer is forgotten.');
    if (Date.now() < since + waitSeconds * 1_000) continue;
    const reason = waitsFor ?? 'a process that works in the background';
    console.log(`It waits for ${reason}, and goes on by itself. Run this again to see.`);
    return;
  }
}

function seconds(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Give a number of seconds.');
  return Number(text);
}
