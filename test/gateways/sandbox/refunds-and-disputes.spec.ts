import { describe, expect, it } from '@jest/globals';
import { charge, openAccount, refusal, savedBankAccount, savedCard } from './gateway.js';

const account = openAccount();
const { stripe, control } = account;

const paid = async (card?: string, of = account) => {
  const intent = await charge(of, await savedCard(of, card));
  return { intent: intent.id, charge: intent.latest_charge as string };
};

describe('refunds', () => {
  it('give back parts, and never more than was taken', async () => {
    const { intent } = await paid();

    await stripe.refunds.create({ payment_intent: intent, amount: 1200, metadata: { refund: '1' } });
    const tooMuch = await refusal(stripe.refunds.create({ payment_intent: intent, amount: 800 }));
    await stripe.refunds.create({ payment_intent: intent });
    const nothingLeft = await refusal(stripe.refunds.create({ payment_intent: intent }));

    const { latest_charge } = await stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] });
    expect(tooMuch.param).toBe('amount');
    expect(nothingLeft.code).toBe('charge_already_refunded');
    expect(latest_charge).toMatchObject({ amount_refunded: 1999, refunded: true });
    const { data } = await stripe.refunds.list({ payment_intent: intent });
    expect(data.map(({ amount, status }) => [amount, status])).toEqual([
      [799, 'succeeded'],
      [1200, 'succeeded'],
    ]);
  });

  it('refuse what was never paid', async () => {
    const held = await charge(account, await savedCard(account), { capture_method: 'manual' });

    const error = await refusal(stripe.refunds.create({ payment_intent: held.id }));

    expect(error.message).toContain('does not have a successful charge to refund');
  });

  it('fail later, and the money counts as not returned', async () => {
    const own = openAccount();
    const { intent, charge: id } = await paid('pm_card_refundFail', own);
    const refund = await own.stripe.refunds.create({ payment_intent: intent });

    await own.control('POST /_sandbox/clock', { advance: '1m' });

    const failed = await own.stripe.refunds.retrieve(refund.id);
    expect([refund.status, failed.status]).toEqual(['succeeded', 'failed']);
    expect(failed.failure_reason).toBe('expired_or_canceled_card');
    expect(await own.stripe.charges.retrieve(id)).toMatchObject({ amount_refunded: 0, refunded: false });
    const { data } = await own.stripe.events.list({ types: ['refund.failed', 'charge.refund.updated'] });
    expect(data.map(({ type }) => type)).toEqual(['charge.refund.updated', 'refund.failed']);
  });

  it('are pending for a while where the payment method says so', async () => {
    const own = openAccount();
    const { intent } = await paid('pm_card_pendingRefund', own);
    const debit = await charge(own, await savedBankAccount(own));
    await own.control(`POST /_sandbox/payment-intents/${debit.id}/settle`, { outcome: 'succeed' });

    const card = await own.stripe.refunds.create({ payment_intent: intent });
    const bank = await own.stripe.refunds.create({ payment_intent: debit.id });
    await own.control('POST /_sandbox/clock', { advance: '4d' });

    const after = await own.stripe.refunds.list();
    expect([card.status, bank.status]).toEqual(['pending', 'pending']);
    expect(after.data.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });
});

describe('disputes', () => {
  it('withdraw the money, take evidence once, and give the money back when won', async () => {
    const own = openAccount();
    const { charge: id, intent } = await paid('pm_card_createDispute', own);
    await own.control('POST /_sandbox/clock', { advance: '2s' });
    const [dispute] = (await own.stripe.disputes.list({ charge: id })).data;

    const refund = await refusal(own.stripe.refunds.create({ payment_intent: intent }));
    const file = await own.stripe.files.create({
      purpose: 'dispute_evidence',
      file: { data: Buffer.from('receipt'), name: 'receipt.pdf', type: 'application/pdf' },
    });
    const evidence = { receipt: file.id, uncategorized_text: 'winning_evidence' };
    const draft = await own.stripe.disputes.update(dispute!.id, { evidence, submit: false });
    const submitted = await own.stripe.disputes.update(dispute!.id, { evidence, submit: true });
    const again = await refusal(own.stripe.disputes.update(dispute!.id, { evidence }));
    await own.control('POST /_sandbox/clock', { advance: '2s' });
    const won = await own.stripe.disputes.retrieve(dispute!.id);

    expect(dispute).toMatchObject({ reason: 'fraudulent', status: 'needs_response', amount: 1999 });
    expect(refund.code).toBe('charge_disputed');
    expect(file).toMatchObject({ filename: 'receipt.pdf', size: 7 });
    expect([draft.status, submitted.status, won.status]).toEqual(['needs_response', 'under_review', 'won']);
    expect(again.code).toBe('dispute_evidence_submitted');
    expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-1999, 1999]);
  });

  it.each(['product_not_received', 'duplicate', 'subscription_canceled', 'unrecognized'])(
    'are opened on request for the reason %s',
    async (reason) => {
      const { charge: id } = await paid();

      const dispute = await control(`POST /_sandbox/charges/${id}/dispute`, { reason, amount: 500 });

      expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ reason, amount: 500, charge: id });
      expect((await stripe.charges.retrieve(id)).disputed).toBe(true);
    },
  );

  it('are lost when closed, and when nobody answers', async () => {
    const own = openAccount();
    const first = await paid(undefined, own);
    const second = await paid(undefined, own);
    const open = (id: string) => own.control(`POST /_sandbox/charges/${id}/dispute`, {});
    const given = await open(first.charge);
    const ignored = await open(second.charge);

    const closed = await own.stripe.disputes.close(given.id);
    await own.control('POST /_sandbox/clock', { advance: '15d' });

    expect(closed.status).toBe('lost');
    expect(await own.stripe.disputes.retrieve(ignored.id)).toMatchObject({
      status: 'lost',
      evidence_details: { past_due: true },
    });
  });

  it('that only ask withdraw nothing', async () => {
    const own = openAccount();
    const { charge: id, intent } = await paid('pm_card_createDisputeInquiry', own);
    await own.control('POST /_sandbox/clock', { advance: '2s' });

    const [inquiry] = (await own.stripe.disputes.list({ charge: id })).data;
    const refund = await own.stripe.refunds.create({ payment_intent: intent });

    expect(inquiry).toMatchObject({ status: 'warning_needs_response', balance_transactions: [] });
    expect(refund.status).toBe('succeeded');
  });

  it('may be announced by an early fraud warning', async () => {
    const own = openAccount();
    const { charge: id } = await paid('pm_card_createIssuerFraudRecord', own);

    await own.control('POST /_sandbox/clock', { advance: '2s' });

    const { data } = await own.stripe.radar.earlyFraudWarnings.list({ charge: id });
    expect(data).toMatchObject([{ actionable: true, charge: id }]);
  });
});

describe('balance transactions', () => {
  it('add up to what was taken, returned and withdrawn', async () => {
    const own = openAccount();
    const refunded = await paid(undefined, own);
    await own.stripe.refunds.create({ payment_intent: refunded.intent, amount: 999 });
    const disputed = await paid(undefined, own);
    await own.control(`POST /_sandbox/charges/${disputed.charge}/dispute`, {});

    const { data } = await own.stripe.balanceTransactions.list();

    expect(data.map(({ type, amount, fee }) => [type, amount, fee])).toEqual([
      ['adjustment', -1999, 1500],
      ['charge', 1999, 88],
      ['refund', -999, 0],
      ['charge', 1999, 88],
    ]);
  });
});
