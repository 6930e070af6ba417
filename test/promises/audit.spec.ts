import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Api, Body } from '../support/api.js';
import { runCli } from '../support/cli.js';
import { auditorUrlOf } from '../support/databases.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { overLocalSocket } from '../support/local-socket.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let auditor: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  auditor = await tokenkeep.as('auditor', 'olga');
});
afterAll(() => tokenkeep.stop());

async function paid(payer: Api): Promise<Body> {
  const card = await savedCard(tokenkeep, payer);
  const invoice = await invoiceFor(tokenkeep, payer, 8_000);
  return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
}

async function entriesAbout(targetId: string, query = ''): Promise<Body[]> {
  return (await auditor.get(`/v1/audit-entries?targetId=${targetId}${query}`)).body.data;
}

/** Waits until every entry of now is sealed. */
async function sealed(): Promise<void> {
  const [last] = await tokenkeep.sql<{ position: string }>(
    'SELECT max(position) AS position FROM payments.audit_entry',
  );
  await eventually(
    () => tokenkeep.sql(`SELECT FROM payments.audit_batch WHERE last_position >= $1`, [last!.position]),
    (rows) => rows.length > 0,
  );
}

async function verified(): Promise<Body> {
  const { stdout, exitCode } = await tokenkeep.cli('audit', 'verify');
  return { ...JSON.parse(stdout), exitCode };
}

describe('every change of payment data', () => {
  it('says who, what, when, from where, with what outcome, in which request', async () => {
    const payer = await tokenkeep.as('payer', 'ada');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const answer = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });

    const [created] = await entriesAbout(answer.body.id, '&action=payment.created');

    expect(created).toMatchObject({
      kind: 'change',
      actor: 'urn:tokenkeep:development|ada',
      targetType: 'payment',
      targetId: answer.body.id,
      outcome: 'succeeded',
      origin: { ip: '127.0.0.1', instance: expect.stringContaining(`/${process.pid}`) },
    });
    expect(Date.parse(created.occurredAt)).toBeGreaterThan(Date.now() - 60_000);
    const { data } = (await auditor.get(`/v1/audit-entries?requestId=${created.origin.requestId}`)).body;
    expect(data.map((it: Body) => it.action)).toEqual(['payment.succeeded', 'payment.created']);
  });
});

describe('every look at payment data', () => {
  it('by staff and services leaves an entry before it is answered, and by its own payer none', async () => {
    const payer = await tokenkeep.as('payer');
    const payment = await paid(payer);
    const finance = await tokenkeep.as('finance', 'fay');
    const service = await tokenkeep.as('service', 'planner');

    await payer.get(`/v1/payments/${payment.id}`);
    await payer.get('/v1/payments');
    await finance.get(`/v1/payments/${payment.id}`);
    await finance.get(`/v1/payments/${payment.id}/timeline`);
    await finance.get(`/v1/payments/${payment.id}/refunds`);
    await service.get(`/v1/payments/${payment.id}`);

    const looks = await entriesAbout(payment.id, '&kind=access');
    expect(looks.map((it) => [it.actor.split('|')[1], it.action]).reverse()).toEqual([
      ['fay', 'payment.read'],
      ['fay', 'payment_timeline.listed'],
      ['fay', 'refund.listed'],
      ['planner', 'payment.read'],
    ]);
  });

  it('in a list names what was seen', async () => {
    const payment = await paid(await tokenkeep.as('payer'));
    const finance = await tokenkeep.as('finance', 'lister');

    await finance.get('/v1/payments?limit=1');

    const { data } = (await auditor.get('/v1/audit-entries?action=payment.listed&limit=1')).body;
    expect(data[0]).toMatchObject({ targetId: null, details: { ids: [payment.id], query: { limit: '1' } } });
  });

  it('that found nothing says so', async () => {
    const unknown = '0196f0a0-0000-7000-8000-000000000000';
    const finance = await tokenkeep.as('finance');

    await finance.get(`/v1/payments/${unknown}`);

    expect(await entriesAbout(unknown)).toMatchObject([
      { action: 'payment.read', outcome: 'refused', details: { code: 'not_found' } },
    ]);
  });

  it('at the audit log itself leaves an entry, too', async () => {
    await auditor.get('/v1/audit-entries?actor=nobody');

    const { data } = (await auditor.get('/v1/audit-entries?limit=1')).body;
    expect(data[0]).toMatchObject({
      actor: 'urn:tokenkeep:development|olga',
      action: 'audit_entry.listed',
      details: { query: { actor: 'nobody' }, ids: [] },
    });
  });

  it.each(['/v1/payments', '/v1/disputes', '/v1/audit-entries.csv', '/v1/audit-entries.jsonl'])(
    'is among the entries for GET %s',
    async (path) => {
      const staff = await tokenkeep.as(path.includes('audit') ? 'auditor' : 'finance');

      expect((await staff.get(path)).status).toBe(200);

      const actor = encodeURIComponent(`urn:tokenkeep:development|${staff.subject}`);
      const { data } = (await auditor.get(`/v1/audit-entries?actor=${actor}`)).body;
      expect(data).toHaveLength(1);
    },
  );

  it("by an operator's command leaves an entry with the account and the words of the command", async () => {
    const payment = await paid(await tokenkeep.as('payer'));

    await tokenkeep.cli('payments', 'show', payment.id);

    const { data } = (await auditor.get('/v1/audit-entries?kind=operation&limit=1')).body;
    expect(data).toMatchObject([
      {
        actor: expect.stringMatching(/^operator:.+@.+/),
        action: 'command.payments_show',
        details: { arguments: [payment.id] },
      },
    ]);
  });
});

describe('an auditor', () => {
  it('is the only one who may read the log', async () => {
    for (const role of ['payer', 'finance', 'ops', 'service']) {
      const other = await tokenkeep.as(role);
      expect((await other.get('/v1/audit-entries')).status).toBe(403);
      expect((await other.get('/v1/audit-entries.csv')).status).toBe(403);
    }
  });

  it('turns pages without losing or repeating an entry', async () => {
    await paid(await tokenkeep.as('payer'));
    const since = new Date(0).toISOString();
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await auditor.get(`/v1/audit-entries?limit=7&kind=change&since=${since}${cursor}`);
      seen.push(...body.data.map((it: Body) => it.position));
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
    } while (cursor);

    const rows = await tokenkeep.sql<{ position: string }>(
      `SELECT position FROM payments.audit_entry WHERE kind = 'change' ORDER BY position DESC`,
    );
    expect(seen).toEqual(rows.map(({ position }) => position));
  });

  it('takes entries away as CSV and as JSON lines, which say the same', async () => {
    const payment = await paid(await tokenkeep.as('payer'));

    const csv = await auditor.get(`/v1/audit-entries.csv?targetId=${payment.id}&kind=change`);
    const lines = await auditor.get(`/v1/audit-entries.jsonl?targetId=${payment.id}&kind=change`);

    const entries = lines.body
      .trim()
      .split('\n')
      .map(JSON.parse as (text: string) => Body);
    expect(entries.map((it: Body) => it.action)).toEqual(['payment.created', 'payment.succeeded']);
    const [head, first] = csv.body.split('\r\n');
    expect(head).toBe(
      'position,id,occurredAt,kind,actor,action,targetType,targetId,outcome,batch,origin,details',
    );
    expect(first).toContain(`"payment.created","payment","${payment.id}","succeeded"`);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit-entries.csv"');
  });

  it('can open the CSV in a spreadsheet that nothing runs in', async () => {
    const formula = '=HYPERLINK("https://evil.example")';
    await tokenkeep.sql(
      `INSERT INTO payments.audit_entry (id, kind, actor, action, origin, change)
       VALUES (gen_random_uuid(), 'access', $1, 'test.planted', '{}', '{}')`,
      [formula],
    );

    const { body } = await auditor.get('/v1/audit-entries.csv?action=test.planted');

    expect(body).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  });

  it.each(['limit=0', 'kind=gossip', 'targetId=17', 'since=yesterday', 'role=auditor'])(
    'is told what is wrong with ?%s',
    async (query) => {
      const { status, body } = await auditor.get(`/v1/audit-entries?${query}`);

      expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
    },
  );
});

describe('the seal', () => {
  it('holds for what the program itself wrote, and is anchored outside the database', async () => {
    await paid(await tokenkeep.as('payer'));
    await sealed();

    const result = await verified();

    expect(result).toMatchObject({ outcome: 'intact', firstBad: null, exitCode: 0 });
    const [counted] = await tokenkeep.sql<{ sealed: number }>(
      'SELECT sum(entries)::int AS sealed FROM payments.audit_batch',
    );
    expect(result.entriesVerified).toBeGreaterThanOrEqual(counted!.sealed);
    const [file] = await readdir(tokenkeep.anchors);
    const anchor = JSON.parse((await readFile(join(tokenkeep.anchors, file!), 'utf8')).split('\n')[0]!);
    expect(anchor).toMatchObject({
      number: expect.any(Number),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is verified with the login of an auditor and public keys alone, in production', async () => {
    await sealed();
    const { url, close } = await overLocalSocket(await auditorUrlOf(tokenkeep.database));
    const publicKeys = (await tokenkeep.cli('audit', 'public-keys')).stdout.trim();
    const auditors = {
      NODE_ENV: 'production',
      PAYMENTS_DATABASE_URL: url,
      PAYMENTS_AUDIT_PUBLIC_KEYS: publicKeys,
      PAYMENTS_AUDIT_ANCHORS: tokenkeep.anchors,
    };

    const [own, keys] = [
      await runCli(['audit', 'verify'], auditors),
      await runCli(['audit', 'public-keys'], auditors),
    ];
    await close();

    expect({ ...own, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const [here, there]: Body[] = [await verified(), JSON.parse(own.stdout)];
    expect(there).toMatchObject({ outcome: 'intact', firstBad: null });
    expect(there!.entriesVerified).toBeGreaterThan(0);
    expect(there!.anchorsCompared).toBeGreaterThan(0);
    expect([...Object.keys(there), 'exitCode']).toEqual(Object.keys(here));
    expect(keys).toMatchObject({ exitCode: 0, stdout: `${publicKeys}\n` });
  });

  it('leaves nothing out when transactions end in another order than they began', async () => {
    await sealed();
    const insert = `INSERT INTO payments.audit_entry (id, actor, action, origin, change)
      VALUES (gen_random_uuid(), 'test', 'test.ordered', '{}', '{}') RETURNING position`;
    const [slow, undone] = await Promise.all([connected(), connected()]);
    await slow.query('BEGIN');
    const { rows } = await slow.query<{ position: string }>(insert); // has its position, and is not there yet
    await undone.query('BEGIN');
    await undone.query(insert);
    await tokenkeep.sql(insert); // later, and there at once

    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const [during] = await tokenkeep.sql<{ last: string }>(
      'SELECT max(last_position) AS last FROM payments.audit_batch',
    );
    await slow.query('COMMIT');
    await undone.query('ROLLBACK');
    await sealed();

    expect(BigInt(during!.last)).toBeLessThan(BigInt(rows[0]!.position));
    expect(await verified()).toMatchObject({ outcome: 'intact', exitCode: 0 });
    await Promise.all([slow.end(), undone.end()]);
  });

  it('is made by several processes side by side without a number twice or left out', async () => {
    const second = await startTokenkeep({ beside: tokenkeep });
    for (let round = 0; round < 3; round++) {
      await paid(await tokenkeep.as('payer'));
      await sealed();
    }
    await second.stop();

    const batches = await tokenkeep.sql<{ number: string }>(
      'SELECT number FROM payments.audit_batch ORDER BY number',
    );
    expect(batches.map(({ number }) => Number(number))).toEqual(batches.map((_, index) => index + 1));
    expect(await verified()).toMatchObject({ outcome: 'intact', exitCode: 0 });
  });

  it("refuses a change by payments' own login", async () => {
    const payments = new Client({ connectionString: tokenkeep.database.paymentsUrl });
    await payments.connect();

    for (const statement of [
      `UPDATE payments.audit_entry SET actor = 'somebody else'`,
      `DELETE FROM payments.audit_entry`,
      `TRUNCATE payments.audit_batch`,
    ])
      await expect(payments.query(statement)).rejects.toMatchObject({ code: '42501' });
    await payments.end();
  });

  it.each([
    ['changed', `UPDATE payments.audit_entry SET actor = 'nobody' WHERE position = $1`],
    [
      'dated back',
      `UPDATE payments.audit_entry SET occurred_at = occurred_at - interval '1 s' WHERE position = $1`,
    ],
    ['removed', `DELETE FROM payments.audit_entry WHERE position = $1`],
  ])('names the first entry that was %s by somebody who owns the whole database', async (_, statement) => {
    await paid(await tokenkeep.as('payer'));
    await sealed();
    const [victim] = await tokenkeep.sql<{ position: string; id: string }>(
      'SELECT position, id FROM payments.audit_entry ORDER BY position OFFSET 3 LIMIT 1',
    );
    const superuser = await connected();
    await superuser.query(`SET session_replication_role = replica`); // past every trigger
    await superuser.query('BEGIN');
    await superuser.query('CREATE TEMP TABLE kept AS SELECT * FROM payments.audit_entry');

    await superuser.query(statement, [victim!.position]);
    await superuser.query('COMMIT');
    const result = await verified();

    expect(result).toMatchObject({
      outcome: 'tampered',
      exitCode: 2,
      firstBad: { batch: expect.any(Number) },
    });
    expect(result.firstBad.number).toBe(4);
    await superuser.query('BEGIN');
    await superuser.query('DELETE FROM payments.audit_entry WHERE position = $1', [victim!.position]);
    await superuser.query(
      `INSERT INTO payments.audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM kept WHERE position = $1`,
      [victim!.position],
    );
    await superuser.query('COMMIT');
    await superuser.end();
    expect(await verified()).toMatchObject({ outcome: 'intact' });
  });
});

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: tokenkeep.database.adminUrl });
  await client.connect();
  return client;
}
