import { describe, expect, it } from '@jest/globals';
import { eventually, refusal, stripe } from './facts.js';

const CONSENT = {
  customer_acceptance: {
    type: 'online' as const,
    online: { ip_address: '192.0.2.7', user_agent: 'stripe-facts' },
  },
};
const bankOnly: 'us_bank_account'[] = ['us_bank_account'];

const setUp = async (payment_method = 'pm_usBankAccount_success') => {
  const customer = await stripe.customers.create({ name: 'Ada Payer', email: 'ada@example.com' });
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    allowed_payment_method_types: bankOnly,
    payment_method,
    confirm: true,
    mandate_data: CONSENT,
  });
  return { customer: customer.id, setup };
};

const saved = async (payment_method?: string) => {
  const { customer, setup } = await setUp(payment_method);
  await stripe.setupIntents.verifyMicrodeposits(setup.id, { amounts: [32, 45] });
  return { customer, payment_method: setup.payment_method as string };
};

const debit = (from: { customer: string; payment_method: string }) =>
  stripe.paymentIntents.create({
    amount: 1999,
    currency: 'usd',
    allowed_payment_method_types: bankOnly,
    ...from,
    confirm: true,
    off_session: true,
  });

describe('https://docs.stripe.com/payments/ach-direct-debit/set-up-payment', () => {
  it('an account without instant verification waits for micro-deposits', async () => {
    const { setup } = await setUp();

    expect(setup).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'verify_with_microdeposits' },
    });
    expect(setup.next_action?.verify_with_microdeposits?.hosted_verification_url).toContain('http');
  });

  it('the right amounts verify it, and leave a mandate', async () => {
    const { setup } = await setUp();

    const verified = await stripe.setupIntents.verifyMicrodeposits(setup.id, { amounts: [32, 45] });

    expect(verified.status).toBe('succeeded');
    expect(await stripe.mandates.retrieve(verified.mandate as string)).toMatchObject({ status: 'active' });
  });

  it('10 and 11 cents stand for too many attempts', async () => {
    const { setup } = await setUp();

    const error = await refusal(stripe.setupIntents.verifyMicrodeposits(setup.id, { amounts: [10, 11] }));

    expect(error.code).toBe('payment_method_microdeposit_verification_attempts_exceeded');
  });
});

describe('https://docs.stripe.com/payments/ach-direct-debit', () => {
  it('a debit is processing at first, with a pending charge', async () => {
    const intent = await debit(await saved());

    expect(intent.status).toBe('processing');
    expect(await stripe.charges.retrieve(intent.latest_charge as string)).toMatchObject({
      status: 'pending',
    });
  });

  it('the account number is never given back', async () => {
    const { payment_method } = await saved();

    const method = await stripe.paymentMethods.retrieve(payment_method);

    expect(method.us_bank_account).toMatchObject({ last4: '6789', routing_number: '110000000' });
    expect(JSON.stringify(method)).not.toContain('000123456789');
  });
});

describe('https://docs.stripe.com/payments/ach-direct-debit#disputed-payments', () => {
  it('a dispute of a debit is final', async () => {
    const intent = await debit(await saved('pm_usBankAccount_dispute'));

    const dispute = await eventually(
      async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0],
      { seconds: 120, advance: '15d' },
    );

    expect(dispute.status).toBe('lost');
  }, 130_000);
});
