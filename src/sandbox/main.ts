import { writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { TOLD_BY_ADYEN } from './adyen/notifications.js';
import { addEndpoint } from './api/webhook-endpoints.js';
import { printLedger } from './ledger-command.js';
import { TOLD_BY_BRAINTREE } from './braintree/notifications.js';
import { Sandbox } from './sandbox.js';
import { buildServer } from './server.js';
import { Changes } from './state/changes.js';
import { lockFolder } from './state/folder-lock.js';

const HELP = `The sandbox gateway: an offline gateway, in Stripe's, Adyen's and Braintree's words, for development and tests.

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
  SANDBOX_WEBHOOK_CREDENTIALS unset                user:password: sent in Adyen's words instead of Stripe's
  SANDBOX_WEBHOOK_PUBLIC_KEY unset                 sent in Braintree's words, the secret being the private key
  SANDBOX_PUBLIC_URL       http://127.0.0.1:<port> where browsers reach its pages
  SANDBOX_KEYS_KEPT_HOURS  24                      how long an idempotency key is remembered
  SANDBOX_EXIT_WITH_PARENT unset                   1: ends when its standard input closes
`;

const DEFAULT_KEY = 'sk_test_sandbox';
const dataFolder = process.env.SANDBOX_DATA ?? '.tokenkeep/sandbox';

async function start(): Promise<void> {
  const { env } = process;
  if (env.NODE_ENV === 'production') {
    throw new Error('The sandbox gateway takes test money only and does not start with NODE_ENV=production.');
  }
  const port = Number(env.SANDBOX_PORT ?? 4010);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`SANDBOX_PORT must be a port number such as 4010, not '${env.SANDBOX_PORT}'.`);
  }
  const keysKeptHours = Number(env.SANDBOX_KEYS_KEPT_HOURS ?? 24);
  if (!(keysKeptHours > 0)) {
    throw new Error(
      `SANDBOX_KEYS_KEPT_HOURS must be a number such as 24, not '${env.SANDBOX_KEYS_KEPT_HOURS}'.`,
    );
  }
  const unlockFolder = await lockFolder(dataFolder);
  const sandbox = new Sandbox({
    dataFolder,
    keysKeptMs: keysKeptHours * 3_600_000,
    log: (entry) => void writeSync(2, JSON.stringify(entry) + '\n'),
    giveUp,
  });
  if (env.SANDBOX_WEBHOOK_URL) {
    const secret = env.SANDBOX_WEBHOOK_SECRET ?? 'whsec_sandbox';
    const { SANDBOX_WEBHOOK_CREDENTIALS: credentials, SANDBOX_WEBHOOK_PUBLIC_KEY: publicKey } = env;
    await registerEndpoint(sandbox, env.SANDBOX_WEBHOOK_URL, secret, { credentials, publicKey });
  }
  const server = await buildServer(sandbox);
  await server.listen({ port, host: '127.0.0.1' });

  const end = async (): Promise<void> => {
    await server.close();
    await sandbox.stop();
    unlockFolder();
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
async function registerEndpoint(
  sandbox: Sandbox,
  url: string,
  secret: string,
  { credentials, publicKey }: { credentials: string | undefined; publicKey: string | undefined },
): Promise<void> {
  const changes = new Changes(sandbox.accountOfKey(DEFAULT_KEY));
  const known = changes.all('webhook_endpoint').find((endpoint) => endpoint.url === url);
  if (known?.sandbox.secret === secret) return;
  const [username, password = ''] = credentials?.split(':') ?? [];
  const adyen = username !== undefined && { username, password };
  const braintree = publicKey !== undefined && { publicKey };
  if (known) changes.save({ ...known, sandbox: { ...known.sandbox, secret } });
  else
    addEndpoint(changes, {
      url,
      secret,
      ...(adyen && { adyen, enabledEvents: TOLD_BY_ADYEN }),
      ...(braintree && { braintree, enabledEvents: TOLD_BY_BRAINTREE }),
    });
  await sandbox.commit(changes);
}

function main(): void {
  const { values, positionals } = readArguments();
  const { by, account, json } = values;
  if (values.help) process.stdout.write(HELP);
  else if (positionals[0] === 'ledger') {
    const question = { dataFolder, isJson: json ?? false, ...(by && { by }), ...(account && { account }) };
    process.stdout.write(printLedger(question));
  } else if (positionals.length > 0) refuse(`There is no command '${positionals[0]}'.`);
  else start().catch((error: Error) => giveUp(error));
}

function readArguments() {
  const options = {
    help: { type: 'boolean', short: 'h' },
    json: { type: 'boolean' },
    by: { type: 'string' },
    account: { type: 'string' },
  } as const;
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(why: string): never {
  writeSync(2, `${why}\n\n${HELP}`);
  process.exit(2);
}

function giveUp(error: Error): never {
  writeSync(2, `${error.message}\n`);
  process.exit(1);
}

main();
