import { Command, InvalidArgumentError, Option } from 'commander';
import { operatorName } from '../platform/http/request-origin.js';
import { id, ids, time } from './arguments.js';
import type { Run } from './running.js';

const OVERLAP_HOURS = 24;
const ROWS = 50;

interface ResendOptions {
  since?: Date;
  until?: Date;
  failed?: boolean;
}

/** `endpoints …`: who is told of events over HTTP. */
export function endpointCommands(run: Run): Command {
  const endpoints = new Command('endpoints').description('who is told of events over HTTP');
  endpoints
    .command('create <url>')
    .description('tell somebody of what happens from now on; the secret is shown this once')
    .option('--types <types>', 'only these events, as a comma list')
    .option('--description <text>', 'who listens there')
    .action((url: string, { types, description }: { types?: string; description?: string }) =>
      run(async ({ eventEndpoints }) =>
        show(
          await eventEndpoints.create(
            { url, description, eventTypes: types?.split(',').map((it) => it.trim()) },
            operatorName(),
          ),
        ),
      ),
    );
  endpoints
    .command('list')
    .description('all of them, the newest first')
    .action(() => run(async (operations) => show(await operations.listEventEndpoints(ROWS))));
  endpoints
    .command('deliveries')
    .argument('<id>', "the endpoint's", id)
    .description('what became of each event, with every try, the newest event first')
    .addOption(new Option('--status <status>').choices(['waiting', 'delivered', 'failed']))
    .action((endpoint: string, { status }: { status?: 'waiting' | 'delivered' | 'failed' }) =>
      run(async ({ eventLog }) => show(await eventLog.deliveries(endpoint, { limit: ROWS, status }))),
    );
  endpoints
    .command('rotate')
    .argument('<id>', "the endpoint's", id)
    .description('give it a new secret, shown this once; for some hours the old one signs beside it')
    .addOption(
      new Option('--overlap <hours>', 'how long the old one signs; 0 where somebody has it who must not')
        .argParser(hours)
        .default(OVERLAP_HOURS),
    )
    .action((endpoint: string, { overlap }: { overlap: number }) =>
      run(async ({ eventEndpoints }) => show(await eventEndpoints.rotate(endpoint, overlap, operatorName()))),
    );
  endpoints
    .command('disable')
    .argument('<id>', "the endpoint's", id)
    .description('send nothing there any more')
    .action((endpoint: string) =>
      run(async ({ eventEndpoints }) => {
        await eventEndpoints.disable(endpoint, operatorName());
        console.log('It is disabled. What waited for it was given up.');
      }),
    );
  endpoints
    .command('enable')
    .argument('<id>', "the endpoint's", id)
    .description('tell it of what happens from now on; `resend` sends what it missed')
    .action((endpoint: string) =>
      run(async ({ eventEndpoints }) => {
        await eventEndpoints.enable(endpoint, operatorName());
        console.log('It is enabled.');
      }),
    );
  endpoints
    .command('resend')
    .argument('<id>', "the endpoint's", id)
    .argument('[eventIds...]', 'of events', ids)
    .description('send events again: some, or those of a time; harmless to whoever applies each id once')
    .addOption(new Option('--since <time>', 'happened at or after (ISO 8601)').argParser(time))
    .addOption(new Option('--until <time>', 'happened before (ISO 8601)').argParser(time))
    .option('--failed', 'only those that were given up')
    .action((endpoint: string, eventIds: string[], options: ResendOptions, command: Command) => {
      const { since, until, failed } = options;
      if (eventIds.length === 0 && !since && !failed)
        command.error('Name events, or say --since or --failed.');
      return run(async ({ eventLog }) => {
        const count = await eventLog.resend(endpoint, {
          eventIds: eventIds.length > 0 ? eventIds : undefined,
          since,
          until,
          isFailed: failed,
        });
        console.log(`${count} will be sent again.`);
      });
    });
  return endpoints;
}

function show(answer: unknown): void {
  console.log(JSON.stringify(answer, null, 2));
}

function hours(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 168) throw new InvalidArgumentError('Give 0 to 168 hours.');
  return Number(text);
}
