import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Api, Body } from '../support/api.js';
import { itWhere, itWith } from '../support/gateways.js';
import {
  eventually,
  invoiceFor,
  payerIdOf,
  savedBankAccount,
  savedCard,
  untilSettled,
} from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** The subjects of a payer's mail in the local inbox, the oldest first. */
async function inbox(payer: Api): Promise<Body[]> {
  const { body } = await payer.get(`/dev/inbox/mails.json?to=${payer.subject}@students.example`);
  return body.data.reverse();
}

const subjects = async (payer: Api): Promise<string[]> => (await inbox(payer)).map((it) => it.subject);
const untilSubjects = (payer: Api, expected: string[]) =>
  eventually(
    () => subjects(payer),
    (found) => JSON.stringify([...found].sort()) === JSON.stringify([...expected].sort()),
  );

describe('notices in development', () => {
  let tokenkeep: Tokenkeep;
  beforeAll(async () => {
    tokenkeep = await startTokenkeep();
  });
  afterAll(() => tokenkeep.stop());

  it('tell of what was saved, paid and given back, once each, with brand and last four only', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 125_00);
    const paid = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
    await untilSubjects(payer, ['Visa ending in 4242 is saved', 'Receipt: Tuition, autumn term']);

    await untilSettled(tokenkeep);
    const finance = await tokenkeep.as('finance');
    await finance.postOnce(`/v1/payments/${paid.body.id}/refunds`, { amountMinor: 25_00 });
    await untilSubjects(payer, [
      ...['Visa ending in 4242 is saved', 'Receipt: Tuition, autumn term', 'Refund of $25.00'],
    ]);

    const mails = await inbox(payer);
    expect(mails.map((it) => it.text).join()).toMatch(
      /We have received \$125\.00[^]*We have sent \$25\.00 back/,
    );
    for (const { id, text } of mails) {
      const { body: html } = await payer.get(`/dev/inbox/${id}`);
      for (const line of text.split('\n\n').slice(0, 2)) expect(html).toContain(line.trim());
    }
    expect(JSON.stringify(mails)).not.toMatch(/pm_|tok_|cus_|\d{12,}/);
  });

  itWhere('confirmsDebits', 'tell a payer who has long gone how the debit ended', async () => {
    const payer = await tokenkeep.as('payer');
    const pay = async (account: string): Promise<Body> => {
      const method = await savedBankAccount(tokenkeep, payer, account);
      const invoice = await invoiceFor(tokenkeep, payer, 90_00);
      const { body } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, {
        paymentMethodId: method.id,
      });
      return { ...body, invoiceId: invoice.id };
    };
    const untilTold = (...expected: string[]) =>
      eventually(
        async () => (await subjects(payer)).filter((subject) => subject.includes('Tuition')),
        (found) => found.sort().join() === expected.sort().join(),
      );
    const daysPass = (days: number) =>
      tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: `${days}d` });

    const payments = [await pay('pm_usBankAccount_insufficientFunds'), await pay('pm_usBankAccount_dispute')];
    await longAgo(payer);
    await daysPass(5);

    const ofDebits = ['Payment did not go through: Tuition, autumn term', 'Receipt: Tuition, autumn term'];
    await untilTold(...ofDebits);
    await daysPass(12);
    await untilTold(...ofDebits, 'Not paid any more: Tuition, autumn term');
    const texts = (await inbox(payer)).map((it) => it.text).join();
    expect(texts).toMatch(/\$90\.00 for Tuition, autumn term could not be charged/);
    for (const { invoiceId } of payments) expect(texts).toContain(`#/invoices/${invoiceId}`);
  });

  itWhere('confirmsDebits', 'say once of a debit that failed when autopay charges the invoice', async () => {
    const [byHand, byItself] = [await tokenkeep.as('payer'), await tokenkeep.as('payer')];
    const owing = async (payer: Api): Promise<{ invoice: Body; account: Body }> => {
      const account = await savedBankAccount(tokenkeep, payer, 'pm_usBankAccount_insufficientFunds');
      const invoice = await invoiceFor(tokenkeep, payer, 90_00);
      await payer.put('/v1/autopay', { paymentMethodId: account.id });
      return { invoice, account };
    };
    const failsDaysLater = async (payer: Api): Promise<void> => {
      await longAgo(payer);
      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });
    };
    const told = (payer: Api) =>
      eventually(
        () =>
          tokenkeep.sql(
            `SELECT kind, facts->>'nextTryOn' AS "nextTryOn" FROM app.notice
              WHERE payer_id = $1 AND kind LIKE '%failed'`,
            [payerIdOf(payer)],
          ),
        (notices) => notices.length > 0,
      );
    const { invoice, account } = await owing(byHand);
    await byHand.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: account.id });
    await failsDaysLater(byHand);
    const ofTheirs = await told(byHand);

    await owing(byItself);
    await byItself.put('/dev/clock', { now: '2027-09-01T16:00:00Z' });
    await eventually(
      async () => (await byItself.get('/v1/plans')).body.data[0].instalments[0].status,
      (status) => status === 'collecting',
    );
    await failsDaysLater(byItself);
    const ofAutopay = await told(byItself);

    expect(ofTheirs).toEqual([{ kind: 'payment_failed', nextTryOn: '2027-09-01' }]);
    expect(ofAutopay).toEqual([{ kind: 'plan_failed', nextTryOn: '2027-09-04' }]);
  });

  /** The payer has closed the page. */
  async function longAgo(payer: Api): Promise<void> {
    await tokenkeep.sql(
      `UPDATE payments.payment SET created_at = created_at - interval '3 days' WHERE payer_id = $1`,
      [payerIdOf(payer)],
    );
  }

  itWith('stripe', 'tell a payer whose bank did not take a refund, days after they heard of it', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 80_00);
    const paid = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
    const finance = await tokenkeep.as('finance');
    await finance.postOnce(`/v1/payments/${paid.body.id}/refunds`, { amountMinor: 80_00 });
    const told = ['Visa ending in 4242 is saved', 'Receipt: Tuition, autumn term', 'Refund of $80.00'];
    await untilSubjects(payer, told);

    await tokenkeep.sql(
      `UPDATE payments.refund SET created_at = created_at - interval '3 days' WHERE payment_id = $1`,
      [paid.body.id],
    );
    const { data: refunds } = await tokenkeep.sandbox.call('GET', '/v1/refunds');
    await tokenkeep.sandbox.call('POST', `/_sandbox/refunds/${refunds[0].id}/fail`);

    await untilSubjects(payer, [...told, 'Refund of $80.00 did not arrive']);
  });

  it('are written anew by no event that comes again', async () => {
    const payer = await tokenkeep.as('payer');
    await savedCard(tokenkeep, payer);
    await untilSubjects(payer, ['Visa ending in 4242 is saved']);

    await tokenkeep.sql(
      `UPDATE payments.outbox_message SET delivered_at = NULL, due_at = clock_timestamp() WHERE payload->>'payerId' = $1`,
      [payerIdOf(payer)],
    );
    await eventually(
      () => tokenkeep.sql(`SELECT FROM payments.outbox_message WHERE delivered_at IS NULL`),
      (waiting) => waiting.length === 0,
    );

    expect(await subjects(payer)).toEqual(['Visa ending in 4242 is saved']);
  });

  it('are read by everybody, on a page for developers', async () => {
    const { status, headers, body } = await (await tokenkeep.as('payer')).get('/dev/inbox');

    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(body).toContain('Visa ending in 4242 is saved');
  });

  it('go where the school says, and to nobody whom nobody can reach', async () => {
    const payer = await tokenkeep.as('payer');
    const service = await tokenkeep.as('service');
    const path = `/v1/payers/${payerIdOf(payer)}/contact`;

    const kept = await service.send('PUT', path, { name: 'Ada O.', email: 'ada@example.edu' });
    const refused = await payer.send('PUT', path, { name: 'Me', email: 'me@example.com' });
    const wrong = await service.send('PUT', path, { name: 'A\r\nBcc: all@example.com', email: 'nobody' });

    expect([kept.status, refused.status, wrong.status]).toEqual([200, 403, 400]);
    expect((await service.get(path)).body).toEqual({ name: 'Ada O.', email: 'ada@example.edu' });
    await savedCard(tokenkeep, payer);
    const [mail] = await eventually(
      async () => (await payer.get('/dev/inbox/mails.json?to=ada@example.edu')).body.data,
      (mails) => mails.length === 1,
    );
    expect(mail.text).toContain('Hello Ada O.,');
    await tokenkeep.sql(`DELETE FROM app.contact WHERE payer_id = $1`, [payerIdOf(payer)]);
    await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    await eventually(
      () =>
        tokenkeep.sql<{ outcome: string }>(`SELECT outcome FROM app.notice WHERE payer_id = $1`, [
          payerIdOf(payer),
        ]),
      (notices) =>
        notices
          .map((it) => it.outcome)
          .sort()
          .join() === 'no_address,sent',
    );
  });
});

describe('notices by a mail server', () => {
  let server: SMTPServer;
  let tokenkeep: Tokenkeep;
  const received: string[] = [];
  /** What the server says to each mail. */
  let answer: () => Error | null = () => null;
  let password = 'first';
  let refusedLogins = 0;

  beforeAll(async () => {
    server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      onAuth: (offered, _session, done) => {
        if (offered.password === password) return done(null, { user: 'school' });
        refusedLogins++;
        done(new Error('Invalid login'));
      },
      onData: (stream, _session, done) => {
        let mail = '';
        stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
        stream.on('end', () => {
          const refusal = answer();
          if (!refusal) received.push(mail);
          done(refusal);
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    tokenkeep = await startTokenkeep({
      environment: { SMTP_URL: `smtp://school:first@127.0.0.1:${port}`, PAGE_URL: 'https://pay.example.edu' },
    });
  });
  afterEach(() => {
    received.length = 0;
    answer = () => null;
    password = 'first';
  });
  afterAll(async () => {
    await tokenkeep.stop();
    await new Promise<void>((closed) => server.close(() => closed()));
  });

  const outcomes = (payer: Api) =>
    tokenkeep.sql<{ id: string; outcome: string | null; tries: number }>(
      `SELECT id, outcome, tries FROM app.notice WHERE payer_id = $1`,
      [payerIdOf(payer)],
    );

  it('arrive as text and HTML, with links to the page', async () => {
    const payer = await tokenkeep.as('payer');

    await savedCard(tokenkeep, payer);

    const [mail] = await eventually(
      async () => received,
      (mails) => mails.length === 1,
    );
    expect(mail).toContain(`To: "${payer.subject}" <${payer.subject}@students.example>`);
    expect(mail).toContain('Subject: Visa ending in 4242 is saved');
    expect(mail).toMatch(/Content-Type: text\/plain[^]*Content-Type: text\/html/);
    expect(mail!.replaceAll('=\r\n', '').replaceAll('=3D', '=')).toContain(
      'href="https://pay.example.edu/#/wallet"',
    );
    await eventually(
      () => outcomes(payer),
      ([notice]) => notice?.outcome === 'sent',
    );
    expect((await payer.get('/dev/inbox')).status).toBe(404);
  });

  it('are sent again when the server could not take them, as the same message', async () => {
    const payer = await tokenkeep.as('payer');
    let busy = 1;
    answer = () => (busy-- > 0 ? Object.assign(new Error('busy'), { responseCode: 451 }) : null);

    await savedCard(tokenkeep, payer);

    const [notice] = await eventually(
      () => outcomes(payer),
      ([it]) => it?.outcome === 'sent',
    );
    expect(received).toHaveLength(1);
    expect(received[0]).toContain(`Message-ID: <${notice!.id}@school.example>`);
  });

  it('are given up when the server says never', async () => {
    const payer = await tokenkeep.as('payer');
    answer = () => Object.assign(new Error('no such mailbox'), { responseCode: 550 });

    await savedCard(tokenkeep, payer);

    await eventually(
      () => outcomes(payer),
      ([notice]) => notice?.outcome === 'given_up',
    );
    expect(received).toEqual([]);
  });

  it('wait while the server lets nobody in, as when its password is changed before ours', async () => {
    const payer = await tokenkeep.as('payer');
    password = 'second';
    server.connections.forEach((connection) => connection.close()); // who is in already is not asked again

    await savedCard(tokenkeep, payer);
    await eventually(
      async () => refusedLogins,
      (count) => count > 0,
    );
    password = 'first';

    await eventually(
      () => outcomes(payer),
      ([notice]) => notice?.outcome === 'sent',
    );
    expect(received).toHaveLength(1);
  });
});
