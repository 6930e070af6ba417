import { writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { addEndpoint } from './api/webhook-endpoints.js';
import { printLedger } from './ledger-command.js';
import { Sandbox } from './sandbox.js';
import { buildServer } from './server.js';
import { Changes } from './state/changes.js';

const HELP = `The sandbox gateway: an offline, Stripe-shaped gateway for development and tests.

  npm run sandbox                start it (Ctrl-C ends it)
  npm run sandbox -- ledger      print what was charged, refunded and disputed, per payment intent
       --by KEY                  per value of this metadata key instead
       --account acct_...        of one account only
       --json                    one JSON object a line
  npm run sandbox -- --help      this text

Settings (environment):
  SANDBOX_PORT             4010                    0 takes any free port
  SANDBOX_DATA             .tokenkeep/sandbox      where ledger.jsonl is kept
  SANDBOX_WEBHOOK_URL      unset                   events of sk_test_sandbox are sent there
  SANDBOX_WEBHOOK_SECRET   whsec_sandbox           and signed with this
  SANDBOX_PUBLIC_URL       http://127.0.0.1:<port> where browsers reach its pages
  SANDBOX_KEYS_KEPT_HOURS  24                      how long an idempotency key is remembered
  SANDBOX_EXIT_WITH_PARENT unset                   1: ends when its standard input closes
`;

const DEFAULT_KEY = 'sk_test_sandbox';

async function start(): Promise<void> {
  const { env } = process;
  if (env.NODE_ENV === 'production') {
    throw new Error('The sandbox gateway takes test money only and does not start with NODE_ENV=production.');
  }
  const port = Number(env.SANDBOX_PORT ?? 4010);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`SANDBOX_PORT must be a port number such as 4010, not '${env.SANDBOX_PORT}'.`);
  }
  const sandbox = new Sandbox({
    dataFolder,
    keysKeptMs: Number(env.SANDBOX_KEYS_KEPT_HOURS ?? 24) * 3_600_000,
    log: (entry) => void writeSync(2, JSON.stringify(entry) + '\n'),
  });
  if (env.SANDBOX_WEBHOOK_URL) {
    await registerEndpoint(sandbox, env.SANDBOX_WEBHOOK_URL, env.SANDBOX_WEBHOOK_SECRET ?? 'whsec_sandbox');
  }
  const server = await buildServer(sandbox);
  await server.listen({ port, host: '127.0.0.1' });

  const end = async (): Promise<void> => {
    await server.close();
    await sandbox.stop();
    process.exit(0);
  };
  process.once('SIGTERM', () => void end());
  process.once('SIGINT', () => void end());
  if (env.SANDBOX_EXIT_WITH_PARENT === '1') process.stdin.resume().once('close', () => void end());

  const address = server.server.address() as AddressInfo;
  const ready = {
    sandbox: 'ready',
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    pid: process.pid,
  };
  process.stdout.write(JSON.stringify(ready) + '\n');
  for (const account of sandbox.accounts.values()) sandbox.webhooks.resume(account);
}

/** The same address keeps its endpoint over restarts; a new secret takes the place of the old one. */
async function registerEndpoint(sandbox: Sandbox, url: string, secret: string): Promise<void> {
  const changes = new Changes(sandbox.accountOfKey(DEFAULT_KEY));
  const known = changes.all('webhook_endpoint').find((endpoint) => endpoint.url === url);
  if (known?.sandbox.secret === secret) return;
  if (known) changes.save({ ...known, sandbox: { secret } });
  else addEndpoint(changes, { url, secret });
  await sandbox.commit(changes);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    by: { type: 'string' },
    account: { type: 'string' },
  },
});
const dataFolder = process.env.SANDBOX_DATA ?? '.tokenkeep/sandbox';

if (values.help) process.stdout.write(HELP);
else if (positionals[0] === 'ledger') {
  const { by, account, json } = values;
  process.stdout.write(
    printLedger({ dataFolder, isJson: json ?? false, ...(by && { by }), ...(account && { account }) }),
  );
} else if (positionals.length > 0) {
  writeSync(2, `There is no command '${positionals[0]}'.\n\n${HELP}`);
  process.exitCode = 2;
} else {
  start().catch((error: Error) => {
    writeSync(2, `${error.message}\n`);
    process.exit(1);
  });
}
