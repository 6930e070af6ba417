import { join } from 'node:path';
import { type Child, freePort, type HowToStart, startChild } from '../child.js';
import type { Payer } from '../load/job.js';
import { savedMethods } from '../payers.js';
import { median } from '../reading.js';
import { WEBHOOK_SECRET } from '../sides.js';
import type { Stage } from '../stage.js';
import { cpuSecondsOf } from '../usage.js';

const PAYERS = 8;
/** As many payers pay at once; each waits for the own answer. */
const AT_ONCE = 8;
/** Enough that one charge is hundredths of the reading: CPU is counted in hundredths of a second. */
const CHARGES = 160;
const PAID_POLL_MS = 50;

/** Invoices paid through the contract, with the events that tell billing of it: the same work, payments in the program or apart. */
interface Shaped {
  url: string;
  /** All programs of ours that the work keeps busy. */
  programs: Child[];
  payers: { payer: Payer; token: string }[];
  finance: string;
}

/** What two more hops cost: the CPU of one charge where payments run alone, beside the one where only their database is apart. */
export async function apart(stage: Stage): Promise<void> {
  const database = await startShape(stage, 'database');
  const two = await startShape(stage, 'process');
  try {
    for (const side of [database, two]) await paidInvoices(side); // warm
    const readings: { database: number; apart: number }[] = [];
    for (let round = 0; round < stage.options.rounds; round++)
      readings.push({ database: await cpuPerCharge(database), apart: await cpuPerCharge(two) });
    const { figures } = stage.results;
    figures.set('CPU ratio of the shapes', median(readings.map((it) => it.apart / it.database)));
    const [one, other] = [median(readings.map((it) => it.database)), median(readings.map((it) => it.apart))];
    stage.results.note(
      `CPU of one invoice paid, with billing told: ${(one * 1_000).toFixed(2)} ms with an isolated database, ${(other * 1_000).toFixed(2)} ms with payments in a process of their own, both programs together.`,
    );
  } finally {
    for (const { programs } of [two, database]) for (const program of programs) await program.stop();
  }
}

async function startShape(
  { surroundings: { postgres, gatewayUrl, folder } }: Stage,
  shape: 'database' | 'process',
): Promise<Shaped> {
  const name = `shape_${shape}`;
  const both = {
    NODE_ENV: 'test',
    DATA_FOLDER: join(folder, name),
    STRIPE_PUBLISHABLE_KEY: 'pk_test_shapes',
    RATE_LIMIT_PER_ADDRESS: '1000000',
    RATE_LIMIT_PER_PERSON: '1000000',
  };
  const application = { DATABASE_URL: await postgres.urlFor('tokenkeep_app', name) };
  const payments = {
    PAYMENTS_DATABASE_URL: await postgres.urlFor('tokenkeep_payments', `${name}_vault`),
    SANDBOX_PORT: 'off',
    STRIPE_API_BASE: gatewayUrl,
    STRIPE_SECRET_KEY: `sk_test_${name}`,
    STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
  };
  const ready = { readyPath: '/health/ready', folder };
  const programs: Child[] = [];
  if (shape === 'database')
    programs.push(await startChild(name, ['dist/main.js'], { ...both, ...application, ...payments }, ready));
  else programs.push(...(await startApart({ ...both, ...payments }, { ...both, ...application }, ready)));
  const { url } = programs[0]!;
  const saved = await savedMethods(url, PAYERS);
  const payers = saved.map(async (payer, number) => ({
    payer,
    token: await tokenOf(url, 'payer', `bench-${number}`),
  }));
  return { url, programs, payers: await Promise.all(payers), finance: await tokenOf(url, 'finance', 'finn') };
}

/** The application first. Each knows the other's port. */
async function startApart(
  payments: Record<string, string>,
  application: Record<string, string>,
  ready: HowToStart,
): Promise<Child[]> {
  const port = await freePort();
  const told = { ...payments, PAYMENTS_EVENTS_URL: `http://127.0.0.1:${port}/link/v1/events` };
  const apart = await startChild('shape_payments', ['dist/payments.main.js'], told, {
    ...ready,
    portVariable: 'PAYMENTS_PORT',
  });
  const calling = { ...application, PAYMENTS_URL: apart.url };
  return [await startChild('shape_process', ['dist/main.js'], calling, { ...ready, port }), apart];
}

async function cpuPerCharge(side: Shaped): Promise<number> {
  const used = () => side.programs.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0);
  const invoices = await openInvoices(side);
  const before = used();
  await payAll(side, invoices);
  return (used() - before) / CHARGES;
}

async function paidInvoices(side: Shaped): Promise<void> {
  await payAll(side, await openInvoices(side));
}

async function openInvoices({ url, payers, finance }: Shaped): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < CHARGES; number++) {
    const { payer } = payers[number % PAYERS]!;
    const invoice = { payerId: payer.payerId, kind: 'fee', description: 'A fee', amountMinor: 1_000 };
    const { id } = await call<{ id: string }>(url, finance, 'POST', '/v1/invoices', {
      ...invoice,
      currency: 'USD',
      dueOn: '2030-01-31',
    });
    ids.push(id);
  }
  return ids;
}

/** Until billing has heard of every payment. */
async function payAll({ url, payers }: Shaped, invoices: string[]): Promise<void> {
  const left = invoices.map((id, number) => ({ id, ...payers[number % PAYERS]! }));
  const last = left.slice(-PAYERS);
  const payOne = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const { paymentMethodId } = next.payer;
      await call(url, next.token, 'POST', `/v1/invoices/${next.id}/payments`, { paymentMethodId });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, payOne));
  for (const { id, token } of last)
    while ((await call<{ status: string }>(url, token, 'GET', `/v1/invoices/${id}`)).status !== 'paid')
      await new Promise((resolve) => setTimeout(resolve, PAID_POLL_MS));
}

async function tokenOf(url: string, role: string, subject: string): Promise<string> {
  return (await call<{ token: string }>(url, '', 'POST', '/dev/tokens', { role, subject })).token;
}

async function call<T>(url: string, token: string, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}`, 'idempotency-key': crypto.randomUUID() } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
