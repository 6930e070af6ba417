import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { theGateway } from '../support/gateways.js';
import { eventually, payerIdOf, savedBankAccount, savedCard, savedLastAtGateway } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** Eleven months pass, each with its charges and its news. */
const YEAR_MS = 120_000;
const DAY_MS = 86_400_000;
const TUITION_MINOR = 10_000_03;

let tokenkeep: Tokenkeep;
let student: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  student = await tokenkeep.as('payer', 'ada-in-her-second-year');
});
afterAll(() => tokenkeep.stop());

describe('a year of a student', () => {
  it(
    'ends with every invoice right, every charge made once, and every notice sent once',
    async () => {
      await timeIs('2027-08-30T16:00:00Z');
      const visa = await savedCard(tokenkeep, student);
      const visaToken = await savedLastAtGateway(tokenkeep);
      const tuition = await invoice('Tuition 2027/28', TUITION_MINOR, '2027-08-31');
      const laboratory = await invoice('Laboratory fee', 75_50, '2027-10-15');
      await student.put('/v1/autopay', { paymentMethodId: visa.id });
      const plan = (
        await student.postOnce('/v1/plans', {
          invoiceId: tuition.id,
          paymentMethodId: visa.id,
          instalments: 10,
          firstDueOn: '2027-08-31',
        })
      ).body;
      expect(plan.instalments.map((it: Body) => it.dueOn)).toEqual([
        ...['2027-08-31', '2027-09-30', '2027-10-31', '2027-11-30', '2027-12-31', '2028-01-31', '2028-02-29'],
        ...['2028-03-31', '2028-04-30', '2028-05-31'],
      ]);

      // The autumn: two instalments, and the laboratory fee by autopay.
      await instalmentIs(plan, 1, 'paid');
      await instalmentIs(plan, 2, 'paid');
      await timeIs('2027-10-15T16:00:00Z');
      await invoiceIs(laboratory, 'paid');

      // Month 3: the bank reissues the card; the network's updater knows, and nobody has to do anything.
      await tokenkeep.sandbox.call('POST', `/_sandbox/payment-methods/${visaToken}/update`, {
        exp_month: '9',
        exp_year: '2034',
        last4: '1881',
      });
      const lastFour = theGateway.tellsOfMethods ? '1881' : '4242';
      await eventually(
        async () => (await student.get(`/v1/payment-methods/${visa.id}`)).body,
        (method) => method.lastFour === lastFour,
      );
      for (const month of [3, 4, 5]) await instalmentIs(plan, month, 'paid');

      // Month 6: the card is reported stolen. It is not charged again; the student gives another one, charged at once.
      await bankDeclines(visaToken, 'stolen_card');
      await instalmentIs(plan, 6, 'action_needed');
      expect((await student.get(`/v1/payment-methods/${visa.id}`)).body.status).toBe('requires_replacement');
      const mastercard = await savedCard(tokenkeep, student, 'pm_card_mastercard');
      await student.put('/v1/autopay', { paymentMethodId: mastercard.id });
      await student.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: mastercard.id });
      await untilInstalment(plan, 6, 'paid');
      await instalmentIs(plan, 7, 'paid');

      // Month 8: from a bank account, which returns the debit weeks after it had come through.
      const account = await savedBankAccount(tokenkeep, student);
      await student.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: account.id });
      await instalmentIs(plan, 8, theGateway.confirmsDebits ? 'collecting' : 'paid');
      await timeIs('2028-04-08T16:00:00Z');
      await untilInstalment(plan, 8, 'paid');
      await timeIs('2028-04-20T16:00:00Z');
      const debit = (await planNow(plan)).instalments[7].paymentId;
      await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${await chargeOf(debit)}/return`);
      await untilInstalment(plan, 8, 'action_needed');
      await student.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: mastercard.id });
      await untilInstalment(plan, 8, 'paid');

      // The rest of the year, and a last fee by autopay.
      const library = await invoice('Library fee', 12_00, '2028-05-02');
      await instalmentIs(plan, 9, 'paid');
      await timeIs('2028-05-02T16:00:00Z');
      await invoiceIs(library, 'paid');
      await instalmentIs(plan, 10, 'paid');

      await invoiceIs(tuition, 'paid');
      expect((await planNow(plan)).status).toBe('completed');
      expect(await keptAtGateway()).toBe(TUITION_MINOR + 75_50 + 12_00);
      await untilNoticed([
        'Visa ending in 4242 is saved',
        ...[1, 2, 3, 4, 5, 6, 7, 9, 10].map((it) => `Receipt: Tuition 2027/28, instalment ${it} of 10`),
        'Receipt: Laboratory fee',
        'Payment did not go through: Tuition 2027/28, instalment 6 of 10',
        `Add Visa ending in ${lastFour} again`,
        'Mastercard ending in 4444 is saved',
        `${nameOf(account)} is saved`,
        'Receipt: Tuition 2027/28, instalment 8 of 10',
        'Not paid any more: Tuition 2027/28, instalment 8 of 10',
        `Add ${nameOf(account)} again`,
        'Receipt: Tuition 2027/28, instalment 8 of 10',
        'Receipt: Library fee',
      ]);
    },
    YEAR_MS,
  );
});

/** All clocks go on: the school's, and the gateway's by as much. */
async function timeIs(moment: string): Promise<void> {
  const before = new Date((await student.get('/dev/clock')).body.now).getTime();
  const after = new Date(moment).getTime();
  await student.put('/dev/clock', { now: moment });
  const days = Math.floor((after - before) / DAY_MS);
  if (days > 0) await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: `${days}d` });
}

/** The day of an instalment comes, and it ends like this. */
async function instalmentIs(plan: Body, position: number, status: string): Promise<void> {
  await timeIs(`${plan.instalments[position - 1].dueOn}T16:00:00Z`);
  await untilInstalment(plan, position, status);
}

async function untilInstalment(plan: Body, position: number, status: string): Promise<void> {
  await eventually(
    async () => (await planNow(plan)).instalments[position - 1],
    (instalment) => instalment.status === status,
  );
}

const planNow = async (plan: Body): Promise<Body> => (await student.get(`/v1/plans/${plan.id}`)).body;

async function invoice(description: string, amountMinor: number, dueOn: string): Promise<Body> {
  const finance = await tokenkeep.as('finance');
  const kind = description.startsWith('Tuition') ? 'tuition' : 'fee';
  const asked = { payerId: payerIdOf(student), kind, description, amountMinor, currency: 'USD', dueOn };
  return (await finance.postOnce('/v1/invoices', asked)).body;
}

async function invoiceIs({ id }: Body, status: string): Promise<void> {
  await eventually(
    async () => (await student.get(`/v1/invoices/${id}`)).body,
    (it) => it.status === status,
  );
}

const nameOf = ({ bankName, lastFour }: Body): string =>
  `${bankName ?? 'Bank account'} ending in ${lastFour}`;

async function bankDeclines(token: string, decline: string): Promise<void> {
  await tokenkeep.sandbox.call('POST', `/_sandbox/payment-methods/${token}/close`, { decline });
}

/** The gateway's charge of a payment of ours. */
async function chargeOf(paymentId: string): Promise<string> {
  const entries = await tokenkeep.sandbox.ledgerOf(paymentId);
  return entries.find(({ type }) => type === 'charge.succeeded')!.charge;
}

/** What the school has in the end, by the gateway's own ledger. */
async function keptAtGateway(): Promise<number> {
  const signs: Record<string, number> = {
    'charge.succeeded': 1,
    'dispute.withdrawn': -1,
    'refund.created': -1,
  };
  const entries = await tokenkeep.sandbox.ledger();
  return entries.reduce((sum, it) => sum + (signs[it.type] ?? 0) * it.amount, 0);
}

/** Exactly these subjects were mailed to the student, each as often as it stands here. */
async function untilNoticed(expected: string[]): Promise<void> {
  const path = `/dev/inbox/mails.json?to=${student.subject}@students.example`;
  const read = async () => (await student.get(path)).body.data.map((it: Body) => it.subject).sort();
  const found = await eventually(read, (subjects) => subjects.length >= expected.length, 15_000);
  expect(found).toEqual([...expected].sort());
}
