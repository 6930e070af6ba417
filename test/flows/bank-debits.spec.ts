import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { itWhere, itWith } from '../support/gateways.js';
import { atTheGateway, eventually, payerIdOf, savedBankAccount } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
});
afterAll(() => tokenkeep.stop());

/** A debit of a bank account that its payer has just saved. */
async function debited(account: string): Promise<Body> {
  const payer = await tokenkeep.as('payer');
  const method = await savedBankAccount(tokenkeep, payer, account);
  expect(method).toMatchObject({ type: 'us_bank_account', cardBrand: null, expiryYear: null });
  return debitedFrom(payer, method);
}

async function debitedFrom(payer: Api, method: Body): Promise<Body> {
  const { body } = await finance.postOnce('/v1/payments', {
    payerId: payerIdOf(payer),
    paymentMethodId: method.id,
    amountMinor: 90_000,
    currency: 'USD',
    obligation: `term-${payer.subject}`,
  });
  return body;
}

const read = async (id: string): Promise<Body> => (await finance.get(`/v1/payments/${id}`)).body;
const daysPass = (days: number) => tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: `${days}d` });

describe('a bank debit', () => {
  itWhere('confirmsDebits', 'is processing for days, says until when, and then succeeds', async () => {
    const payment = await debited('pm_usBankAccount_success');
    expect(payment).toMatchObject({
      status: 'processing',
      statusDetail: 'bank_debit_pending',
      capturedMinor: 0,
    });
    expect(new Date(payment.expectedBy).getTime()).toBeGreaterThan(Date.now());

    await daysPass(5);

    const paid = await eventually(
      () => read(payment.id),
      (it) => it.status === 'succeeded',
    );
    expect(paid).toMatchObject({ capturedMinor: 90_000, statusDetail: null, expectedBy: null });
  });

  itWhere('confirmsDebits', 'that the bank refuses within days is a failed payment', async () => {
    const payment = await debited('pm_usBankAccount_insufficientFunds');

    await daysPass(5);

    const failed = await eventually(
      () => read(payment.id),
      (it) => it.status === 'failed',
    );
    expect(failed.failure).toMatchObject({ code: 'insufficient_funds' });
  });

  itWith('stripe', 'that the gateway will not even send fails for the reason that it gave', async () => {
    const payer = await tokenkeep.as('payer');
    const method = await savedBankAccount(tokenkeep, payer);
    const { token } = await atTheGateway(tokenkeep, method.id);
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.call('POST', `/_sandbox/payment-methods/${token}/close`);

    const payment = await debitedFrom(payer, method);
    await tokenkeep.sandbox.worksAgain();

    expect(payment).toMatchObject({
      status: 'failed',
      failure: { declineCode: 'payment_method_bank_account_blocked', retry: 'never' },
    });
    const [kept] = (await payer.get('/v1/payment-methods')).body.data;
    expect(kept).toMatchObject({ status: 'requires_replacement' });
  });

  itWhere(
    'debits',
    'that comes back after it succeeded is lost, cannot be contested, and may be paid anew',
    async () => {
      const payment = await debited('pm_usBankAccount_dispute');
      await daysPass(5);
      await eventually(
        () => read(payment.id),
        (it) => it.status === 'succeeded',
      );

      await daysPass(12);

      const dispute = await eventually(
        async () =>
          (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
        (it: Body) => it?.status === 'lost',
      );
      expect(dispute).toMatchObject({ isContestable: false, withdrawnMinor: 90_000 });
      expect(await read(payment.id)).toMatchObject({ status: 'succeeded', disputedMinor: 90_000 });
      const evidence = await finance.post(`/v1/disputes/${dispute.id}/evidence`, {
        text: { uncategorized_text: 'no' },
      });
      expect(evidence.status).toBe(409);
    },
  );
});
