import { describe, expect, it } from '@jest/globals';
import { eventually, ORDER, refusal, stripe } from './facts.js';

const paid = (payment_method = 'pm_card_visa') =>
  stripe.paymentIntents.create({ ...ORDER, payment_method, confirm: true });

const disputeOf = (intent: string) =>
  eventually(async () => (await stripe.disputes.list({ payment_intent: intent })).data[0]);

describe('https://docs.stripe.com/refunds', () => {
  it('a charge can be refunded in parts, up to what was charged', async () => {
    const { id } = await paid();

    const first = await stripe.refunds.create({ payment_intent: id, amount: 1000 });
    const tooMuch = await refusal(stripe.refunds.create({ payment_intent: id, amount: 1000 }));
    await stripe.refunds.create({ payment_intent: id });
    const again = await refusal(stripe.refunds.create({ payment_intent: id }));

    expect(first).toMatchObject({ status: 'succeeded', amount: 1000 });
    expect(tooMuch.statusCode).toBe(400);
    expect(again.code).toBe('charge_already_refunded');
  });

  it('what was not paid cannot be refunded', async () => {
    const { id } = await stripe.paymentIntents.create(ORDER);

    expect((await refusal(stripe.refunds.create({ payment_intent: id }))).statusCode).toBe(400);
  });
});

describe('https://docs.stripe.com/testing#refunds', () => {
  it('a refund may be pending first', async () => {
    const { id } = await paid('pm_card_pendingRefund');

    expect((await stripe.refunds.create({ payment_intent: id })).status).toBe('pending');
  });

  it('a refund that succeeded may fail later, with its reason', async () => {
    const { id } = await paid('pm_card_refundFail');
    const refund = await stripe.refunds.create({ payment_intent: id });

    const failed = await eventually(
      async () => {
        const now = await stripe.refunds.retrieve(refund.id);
        return now.status === 'failed' ? now : undefined;
      },
      { seconds: 90, advance: '1m' },
    );

    expect(failed.failure_reason).toBeDefined();
    expect(failed.failure_balance_transaction).toBeDefined();
  }, 100_000);
});

describe('https://docs.stripe.com/disputes/how-disputes-work', () => {
  it('a dispute withdraws the amount and a fee at once', async () => {
    const { id } = await paid('pm_card_createDispute');

    const dispute = await disputeOf(id);

    expect(dispute).toMatchObject({ reason: 'fraudulent', status: 'needs_response', amount: 1999 });
    expect(dispute.balance_transactions[0]).toMatchObject({ amount: -1999, type: 'adjustment' });
  }, 70_000);

  it('a disputed charge cannot be refunded', async () => {
    const { id } = await paid('pm_card_createDispute');
    await disputeOf(id);

    const error = await refusal(stripe.refunds.create({ payment_intent: id }));

    expect(error.code).toBe('charge_disputed');
  }, 70_000);

  it('an inquiry withdraws nothing and the charge may still be refunded', async () => {
    const { id } = await paid('pm_card_createDisputeInquiry');

    const inquiry = await disputeOf(id);

    expect(inquiry).toMatchObject({ status: 'warning_needs_response', is_charge_refundable: true });
    expect((await stripe.refunds.create({ payment_intent: id })).status).toBe('succeeded');
  }, 70_000);
});

describe('https://docs.stripe.com/testing#evidence', () => {
  it.each([
    ['winning_evidence', 'won'],
    ['losing_evidence', 'lost'],
  ])(
    '%s decides the dispute: %s',
    async (uncategorized_text, status) => {
      const { id } = await paid('pm_card_createDisputeProductNotReceived');
      const dispute = await disputeOf(id);

      await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text }, submit: true });

      const closed = await eventually(async () => {
        const now = await stripe.disputes.retrieve(dispute.id);
        return now.status === 'under_review' ? undefined : now;
      });
      expect(closed.status).toBe(status);
    },
    130_000,
  );
});

describe('https://docs.stripe.com/api/disputes/close', () => {
  it('closing a dispute loses it, for good', async () => {
    const { id } = await paid('pm_card_createDispute');
    const dispute = await disputeOf(id);

    const closed = await stripe.disputes.close(dispute.id);
    const evidence = { uncategorized_text: 'winning_evidence' };
    const contested = await refusal(stripe.disputes.update(dispute.id, { evidence }));

    expect(closed.status).toBe('lost');
    expect(contested.statusCode).toBe(400);
  }, 70_000);
});

describe('https://docs.stripe.com/disputes/measuring#early-fraud-warnings', () => {
  it('an early fraud warning points to its charge', async () => {
    const intent = await paid('pm_card_createIssuerFraudRecord');

    const warning = await eventually(
      async () => (await stripe.radar.earlyFraudWarnings.list({ payment_intent: intent.id })).data[0],
    );

    expect(warning).toMatchObject({ charge: intent.latest_charge, actionable: true });
  }, 70_000);
});
