import { open } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type {
  MigrationEnds,
  MigrationOutcome,
  MigrationReport,
  PaymentsOperations,
} from '../payments/payments.operations.js';
import { PaymentsError } from '../payments/payments.contract.js';
import { operatorName } from '../platform/http/request-origin.js';
import { progressBar, progressLine } from './progress.js';
import type { Run } from './running.js';

/** For schedulers: the command worked, and something did not move. */
const EXIT_LEFT = 2;
/** As long as a payer may dispute that anything was moved rightly, and longer than any debit is open. */
const WINDOW_DAYS = 30;
const WINDOW_DAYS_MAX = 365;
/** A kilobyte for each line that is taken at most: a file without line breaks is not read into memory as one. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

interface MigrateOptions {
  from: string;
  to: string;
  mapping?: string;
  columns?: Record<string, string>;
  dryRun?: boolean;
  rollback?: boolean;
  finish?: boolean;
  windowDays: number;
}

/** `methods …`: saved payment methods. */
export function methodCommands(run: Run): Command {
  const methods = new Command('methods').description('saved payment methods');
  methods
    .command('ask-again')
    .description(
      'ask payers to add the methods of a gateway again, which is to be left; until then they work on',
    )
    .requiredOption('--gateway <name>', 'whose methods')
    .option('--dry-run', 'only say how many')
    .action(({ gateway, dryRun = false }: { gateway: string; dryRun?: boolean }) =>
      run(async (operations) => {
        const { methods: count, payers } = await operations.askAgain(
          gateway,
          dryRun,
          progressLine('asked for'),
        );
        console.log(`${count} payment methods of ${payers} payers ${dryRun ? 'would be' : 'are'} asked for.`);
      }),
    );
  methods
    .command('migrate')
    .description(
      'move saved methods from one gateway to another by the mapping file that the migration of their tokens delivered; safe to repeat. Exit status 2 when a line, or a method, was left',
    )
    .requiredOption('--from <gateway>', 'where the tokens are')
    .requiredOption('--to <gateway>', 'where they were copied to')
    .option('--mapping <file>', 'old token to new token, as CSV')
    .addOption(
      new Option('--columns <names>', 'what the columns are called in the file, e.g. old_token=EchoData')
        .argParser(columns)
        .conflicts(['rollback', 'finish']),
    )
    .option('--dry-run', 'look at everything and change nothing')
    .addOption(
      new Option('--rollback', 'put back what moved, while its old token is kept').conflicts('mapping'),
    )
    .addOption(
      new Option('--finish', 'end the window now: detach the old tokens').conflicts(['mapping', 'rollback']),
    )
    .addOption(
      new Option('--window-days <days>', 'how long the token that is left behind is kept')
        .argParser(days)
        .default(WINDOW_DAYS),
    )
    .addHelpText('after', HELP)
    .action((options: MigrateOptions, command: Command) => {
      if (!options.mapping && !options.rollback && !options.finish)
        command.error('Give --mapping, --rollback or --finish.');
      return run((operations) => migrate(operations, options));
    });
  return methods;
}

const HELP = `
The mapping file is CSV in UTF-8 with the names of its columns in the first line, in any order; others are ignored:
  old_token     what the old gateway calls the method (Stripe: pm_...; Adyen: the stored payment method's id)
  new_token     what the new gateway calls it
  old_customer  the payer at the old gateway; needed for Adyen: the shopper reference
  new_customer  the payer at the new gateway; needed for Adyen: the shopper reference
Where they have other names, say so: --columns old_token=echodata,new_token=recurringDetailReference,new_customer=shopperReference
It must not hold card numbers: a line with one is left. What is wrong with a line is told by its number.`;

async function migrate(operations: PaymentsOperations, options: MigrateOptions): Promise<void> {
  const { from, to, mapping, dryRun = false, windowDays } = options;
  const ends: MigrationEnds = { from, to, isDryRun: dryRun, windowDays, actor: operatorName() };
  const { methodMigration } = operations;
  if (options.finish) {
    const count = await methodMigration.finish(ends);
    console.log(`${count} tokens ${dryRun ? 'would be' : 'are being'} detached at ${from}.`);
    return;
  }
  const report = mapping
    ? await withLinesOf(mapping, (lines) =>
        methodMigration.migrate(ends, { lines, columns: options.columns ?? {} }, progressBar('lines')),
      )
    : await methodMigration.rollBack(ends, progressBar('methods'));
  if (!dryRun) await operations.recordCommand(operatorName(), 'methods migrate done', { ...report.counts });
  tell(report, mapping ? 'line' : 'method', dryRun);
}

/** @throws PaymentsError */
async function withLinesOf<T>(path: string, read: (lines: AsyncIterable<string>) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new PaymentsError('validation_failed', `The mapping file cannot be opened: ${error.code}.`);
  });
  try {
    const about = await file.stat();
    if (!about.isFile() || about.size > FILE_BYTES_MAX)
      throw new PaymentsError(
        'validation_failed',
        `The mapping must be a file of at most ${FILE_BYTES_MAX} bytes.`,
      );
    return await read(file.readLines({ autoClose: false }));
  } finally {
    await file.close();
  }
}

function tell({ counts, problems, isStopped }: MigrationReport, what: string, isDryRun: boolean): void {
  for (const { at, outcome } of problems) console.log(`${what} ${at}: ${outcome}, ${WORDS[outcome]}`);
  for (const outcome of OUTCOMES)
    if (counts[outcome])
      console.log(`${counts[outcome]} ${isDryRun && outcome === 'moved' ? 'would be moved' : outcome}`);
  if (Object.keys(counts).length === 0) console.log('There is nothing to move.');
  if (isStopped)
    console.error('The gateway does not answer; the rest was left. Run the same again, and it goes on.');
  if (problems.length > 0 || isStopped) process.exitCode = EXIT_LEFT;
}

const WORDS: Record<MigrationOutcome, string> = {
  moved: 'it moved',
  already_moved: 'it moved before',
  changed: 'it kept changing meanwhile; run this again',
  bad_line: 'not as many values as columns, or one that is missing or no id',
  card_number: 'it holds a card number; destroy the file, and ask for one without',
  duplicated_line: 'another line names the same token; where they differ, neither was taken',
  unknown_token: 'no saved method has the old token',
  removed: 'its owner has removed it',
  cannot_move: 'the new gateway does not take methods of its type, or its owner must still verify it',
  token_in_use: 'another method has the new token, the same card, or the payer at the new gateway',
  token_unknown_there: 'the gateway that it would move to does not know the token',
  unusable_there: 'the gateway that it would move to knows the token and cannot charge it',
  differs: 'brand, last four digits or expiry are not those of the saved method',
  being_detached: 'its token there was given up before; the window is over',
  no_answer: 'the gateway did not answer; run this again',
};

const OUTCOMES = Object.keys(WORDS) as MigrationOutcome[];

const COLUMN = /^(old_token|new_token|old_customer|new_customer)=(.{1,100})$/;

function columns(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [, column, name] = COLUMN.exec(pair.trim()) ?? [];
      if (!column || !name)
        throw new InvalidArgumentError('Give pairs such as old_token=echodata, separated by commas.');
      return [column, name];
    }),
  );
}

function days(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > WINDOW_DAYS_MAX)
    throw new InvalidArgumentError(`Give a number of days from 1 to ${WINDOW_DAYS_MAX}.`);
  return count;
}
