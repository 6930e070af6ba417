import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Api, type Body } from '../support/api.js';
import { everyRow, queryUrl } from '../support/databases.js';
import { eventually, payerIdOf, savedCardAt } from '../support/given.js';
import { endPrograms } from '../support/programs.js';
import { startTwoPrograms, type TwoPrograms } from '../support/two-programs.js';

// Root on the application's host, after a payer has saved a card and paid: what is there of payments' secrets?
let apart: TwoPrograms;
let secrets: Record<string, string>;
beforeAll(async () => {
  apart = await startTwoPrograms();
  const ada = await Api.signIn(apart.application.url, 'payer', 'ada');
  const card = await savedCardAt(apart.sandbox, ada);
  const finance = await Api.signIn(apart.application.url, 'finance', 'finn');
  const invoice = await finance.postOnce('/v1/invoices', {
    payerId: payerIdOf(ada),
    kind: 'tuition',
    description: 'Tuition',
    amountMinor: 12_500,
    currency: 'USD',
    dueOn: '2027-09-01',
  });
  const paid = await ada.postOnce(`/v1/invoices/${invoice.body.id}/payments`, { paymentMethodId: card.id });
  expect(paid.body).toMatchObject({ status: 'succeeded' });
  await eventually(
    async () => (await ada.get(`/v1/invoices/${invoice.body.id}`)).body.status,
    (status) => status === 'paid',
  );
  secrets = { ...textsOf(apart.secrets), 'the token of the saved card': await tokenAtGateway() };
});
afterAll(async () => {
  await apart.stop();
  await endPrograms();
});

it('nothing in the application’s environment and command line', async () => {
  const pid = apart.application.child.pid!;

  const here =
    (await readFile(`/proc/${pid}/environ`, 'utf8')) + (await readFile(`/proc/${pid}/cmdline`, 'utf8'));
  const there = await readFile(`/proc/${apart.payments.child.pid}/environ`, 'utf8');

  expect(here).toContain(apart.signingKey); // so this is where a secret would be found
  expect(found(secrets, [Buffer.from(here)])).toEqual([]);
  expect(found(textsOf(apart.secrets), [Buffer.from(there)])).toEqual(Object.keys(apart.secrets));
});

it('nothing in the application’s memory', async () => {
  const here = await memoryOf(apart.application.child.pid!);
  const there = await memoryOf(apart.payments.child.pid!);

  expect(found({ signingKey: apart.signingKey }, here)).toEqual(['signingKey']); // what is in memory is found
  expect(found(secrets, there)).toEqual(expect.arrayContaining(['STRIPE_SECRET_KEY', 'PAYMENTS_TOKEN_KEYS']));
  expect(found(secrets, here)).toEqual([]);
});

it('nothing in the application’s database, and no table of payments that anything is in', async () => {
  const rows = await everyRow(apart.database);

  expect(rows.some((row) => row.startsWith('app.invoice '))).toBe(true);
  expect(found(secrets, [Buffer.from(rows.join('\n'))])).toEqual([]);
  expect(rows.filter((row) => /^payments\.payment(_method|_attempt)? /.test(row))).toEqual([]);
});

it('nothing in the files of the application’s folder', async () => {
  const names = await readdir(apart.folder, { recursive: true, withFileTypes: true });
  const files = names.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));

  const contents = await Promise.all(files.map((file) => readFile(file)));

  expect(files.length).toBeGreaterThan(0);
  expect(found(secrets, contents)).toEqual([]);
});

it('no login that opens payments’ database', async () => {
  const theirs = new URL(apart.database.applicationUrl);
  theirs.pathname = new URL(apart.secrets['PAYMENTS_DATABASE_URL']!).pathname;

  for (const table of ['payment_method', 'payment', 'mandate'])
    await expect(queryUrl(theirs.href, `SELECT FROM payments.${table}`)).rejects.toThrow('permission denied');
});

/** The part of each that only it has: of a URL, the password. */
function textsOf(values: Record<string, string>): Record<string, string> {
  const part = (value: string) =>
    value.startsWith('postgres') ? new URL(value).password : value.replace(/^first:/, '');
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, part(value)]));
}

function found(texts: Record<string, string>, places: Buffer[]): string[] {
  return Object.entries(texts)
    .filter(([, text]) =>
      places.some((bytes) => bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le'))),
    )
    .map(([name]) => name);
}

async function tokenAtGateway(): Promise<string> {
  const { data } = await apart.sandbox.call('GET', '/v1/setup_intents');
  return (data as Body[])[0].payment_method as string;
}

/** All data that the process can write to, as root reads it; not the half gigabyte that is reserved for machine code. */
async function memoryOf(pid: number): Promise<Buffer[]> {
  const maps = (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n');
  const memory = await open(`/proc/${pid}/mem`);
  const regions: Buffer[] = [];
  try {
    for (const line of maps) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw-/.exec(line) ?? [];
      if (!from || !to) continue;
      const bytes = Buffer.allocUnsafeSlow(parseInt(to, 16) - parseInt(from, 16));
      const read = await memory.read(bytes, 0, bytes.length, parseInt(from, 16)).catch(() => null); // gone meanwhile
      if (read) regions.push(...written(bytes.subarray(0, read.bytesRead)));
    }
  } finally {
    await memory.close();
  }
  return regions;
}

const PIECE = Buffer.alloc(64 * 1024);

/** Without what nothing was ever written to, which is more than half of it. */
function written(region: Buffer): Buffer[] {
  const runs: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < region.length; at += PIECE.length) {
    const piece = region.subarray(at, at + PIECE.length);
    if (!piece.equals(PIECE.subarray(0, piece.length))) continue;
    if (at > from) runs.push(region.subarray(from, at));
    from = at + piece.length;
  }
  if (from < region.length) runs.push(region.subarray(from));
  return runs;
}
