import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import Stripe from 'stripe';

/** The program as `npm test` has just built it. */
const PROGRAM = process.env.TEST_SANDBOX_PROGRAM ?? 'dist/sandbox/main.js';

export interface OwnSandbox {
  address: string;
  process: ChildProcess;
  /** As a crash would. */
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** A sandbox process of the test's own: for trials that end it, or that look at its folder. */
export async function startSandbox(
  dataFolder: string,
  env: Record<string, string> = {},
): Promise<OwnSandbox> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env.PATH,
      SANDBOX_PORT: '0',
      SANDBOX_DATA: dataFolder,
      SANDBOX_EXIT_WITH_PARENT: '1',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    address: url,
    process: child,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

export type Reply = Record<string, any>;

/** One account at the sandbox, through the unmodified SDK and through the control calls. */
export interface Account {
  key: string;
  publishableKey: string;
  address: string;
  stripe: Stripe;
  control: (endpoint: string, body?: object) => Promise<Reply>;
}

export function openAccount(
  address = process.env.TEST_SANDBOX_URL!,
  key = `sk_test_${randomBytes(8).toString('hex')}`,
): Account {
  const { hostname, port } = new URL(address);
  const stripe = new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 });
  const control = async (endpoint: string, body?: object): Promise<Reply> => {
    const [method, path] = endpoint.split(' ') as [string, string];
    const answer = await fetch(address + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as Reply;
  };
  return { key, publishableKey: key.replace('sk_', 'pk_'), address, stripe, control };
}

/** A customer with a saved card, as the hosted page leaves it. */
export async function savedCard({ stripe, control }: Account, card = 'pm_card_visa') {
  const customer = await stripe.customers.create({ name: 'Ada Payer' });
  const session = await stripe.checkout.sessions.create({
    mode: 'setup',
    customer: customer.id,
    allowed_payment_method_types: ['card'],
    success_url: 'http://localhost/saved',
  });
  await control(`POST /_sandbox/checkout-sessions/${session.id}/complete`, { payment_method: card });
  const { data } = await stripe.customers.listPaymentMethods(customer.id);
  return { customer: customer.id, payment_method: data[0]!.id };
}

/** A customer with a bank account that was proved at once. */
export async function savedBankAccount({ stripe, control }: Account, account = 'pm_usBankAccount_success') {
  const customer = await stripe.customers.create({ name: 'Ada Payer' });
  const intent = await stripe.setupIntents.create({
    customer: customer.id,
    allowed_payment_method_types: ['us_bank_account'],
  });
  const body = { payment_method: account, verification: 'instant' };
  await control(`POST /_sandbox/setup-intents/${intent.id}/confirm`, body);
  const { data } = await stripe.customers.listPaymentMethods(customer.id);
  return { customer: customer.id, payment_method: data[0]!.id };
}

export const ORDER = { amount: 1999, currency: 'usd' } as const;

/** Charges a saved method while the payer is away. */
export function charge(
  { stripe }: Account,
  saved: { customer: string; payment_method: string },
  more: Partial<Stripe.PaymentIntentCreateParams> = {},
) {
  return stripe.paymentIntents.create({ ...ORDER, ...saved, confirm: true, off_session: true, ...more });
}

/** The error that a call raises. */
export async function refusal(call: Promise<unknown>): Promise<Reply> {
  return call.then(
    (answer) => {
      throw new Error(`Expected a refusal, not ${JSON.stringify(answer)}`);
    },
    (error: Reply) => error,
  );
}
