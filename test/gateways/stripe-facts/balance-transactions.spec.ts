import { describe, expect, it } from '@jest/globals';
import { eventually, ORDER, stripe } from './facts.js';

const paid = (payment_method = 'pm_card_visa') =>
  stripe.paymentIntents.create({ ...ORDER, payment_method, confirm: true, expand: ['latest_charge'] });

describe('https://docs.stripe.com/api/balance_transactions', () => {
  it('a charge and its refund are movements of their own, each net of its fee', async () => {
    const intent = await paid();
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 });

    const [taken] = (await stripe.balanceTransactions.list({ source: idOf(intent.latest_charge) })).data;
    const [returned] = (await stripe.balanceTransactions.list({ source: refund.id })).data;

    expect(taken).toMatchObject({ type: 'charge', reporting_category: 'charge', amount: 1999 });
    expect(taken!.fee).toBeGreaterThan(0);
    expect(taken!.net).toBe(1999 - taken!.fee);
    expect(taken!.fee_details.reduce((sum, { amount }) => sum + amount, 0)).toBe(taken!.fee);
    expect(returned).toMatchObject({
      type: 'refund',
      reporting_category: 'refund',
      amount: -500,
      fee: 0,
      net: -500,
    });
  });

  it('are listed from a moment on, with the object that each is about when asked', async () => {
    const intent = await paid();

    const listed = await stripe.balanceTransactions.list({
      created: { gte: intent.created },
      limit: 100,
      expand: ['data.source'],
    });

    const sources = listed.data.map(({ source }) => source as { id: string; object: string });
    expect(sources).toContainEqual(
      expect.objectContaining({
        object: 'charge',
        id: idOf(intent.latest_charge),
        payment_intent: intent.id,
      }),
    );
  });

  it('a dispute withdraws by one movement, and gives back by another when it is won', async () => {
    const intent = await paid('pm_card_createDispute');
    const { id } = await eventually(
      async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0],
    );
    await stripe.disputes.update(id, {
      evidence: { uncategorized_text: 'winning_evidence' },
      submit: true,
    });

    const movements = await eventually(async () => {
      const { data } = await stripe.balanceTransactions.list({ source: id });
      return data.length > 1 ? data : undefined;
    });

    expect(movements.map(({ type, amount }) => [type, amount])).toEqual([
      ['adjustment', 1999],
      ['adjustment', -1999],
    ]);
    expect(movements.map((it) => it.reporting_category)).toEqual(['dispute_reversal', 'dispute']);
    for (const { amount, fee, net } of movements) expect(net).toBe(amount - fee);
  }, 130_000);
});

function idOf(charge: string | { id: string } | null): string {
  return typeof charge === 'string' ? charge : charge!.id;
}
