import { describe, expect, it } from '@jest/globals';
import { charge, openAccount, ORDER, refusal, savedBankAccount } from './gateway.js';

const CONSENT = {
  customer_acceptance: { type: 'online' as const, online: { ip_address: '192.0.2.7', user_agent: 'test' } },
};

describe('saving a bank account', () => {
  const { stripe, control } = openAccount();

  const unproved = async (payment_method = 'pm_usBankAccount_success') =>
    stripe.setupIntents.create({
      customer: (await stripe.customers.create()).id,
      allowed_payment_method_types: ['us_bank_account'],
      payment_method,
      confirm: true,
      mandate_data: CONSENT,
    });

  it('asks for proof by small deposits, and keeps the consent', async () => {
    const waiting = await unproved();

    const proved = await stripe.setupIntents.verifyMicrodeposits(waiting.id, { amounts: [32, 45] });

    expect(waiting).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'verify_with_microdeposits' },
    });
    expect(proved.status).toBe('succeeded');
    expect(await stripe.mandates.retrieve(proved.mandate as string)).toMatchObject({
      status: 'active',
      customer_acceptance: { online: { ip_address: '192.0.2.7' } },
    });
  });

  it('takes the code in the statement as proof, too', async () => {
    const waiting = await unproved();

    const proved = await stripe.setupIntents.verifyMicrodeposits(waiting.id, { descriptor_code: 'SM11AA' });

    expect(proved.status).toBe('succeeded');
  });

  it('counts wrong proofs and gives up', async () => {
    const waiting = await unproved();

    const wrong = await refusal(stripe.setupIntents.verifyMicrodeposits(waiting.id, { amounts: [1, 2] }));
    const tooMany = await refusal(stripe.setupIntents.verifyMicrodeposits(waiting.id, { amounts: [10, 11] }));

    expect(wrong.code).toBe('payment_method_microdeposit_verification_amounts_mismatch');
    expect(wrong.message).toContain('9 verification attempts remaining');
    expect(tooMany.code).toBe('payment_method_microdeposit_verification_attempts_exceeded');
    expect((await stripe.setupIntents.retrieve(waiting.id)).status).toBe('requires_payment_method');
  });

  it('fails by itself when deposits cannot be sent, or nobody answers', async () => {
    const unsendable = await unproved('pm_usBankAccount_failMicrodeposits');
    const unanswered = await unproved();

    await control('POST /_sandbox/clock', { advance: '11d' });

    const codes = await Promise.all(
      [unsendable, unanswered].map(
        async ({ id }) => (await stripe.setupIntents.retrieve(id)).last_setup_error?.code,
      ),
    );
    expect(codes).toEqual([
      'payment_method_microdeposit_failed',
      'payment_method_microdeposit_verification_timeout',
    ]);
  });

  it('needs the consent of the account holder', async () => {
    const error = await refusal(
      stripe.setupIntents.create({
        allowed_payment_method_types: ['us_bank_account'],
        payment_method: 'pm_usBankAccount_success',
        confirm: true,
      }),
    );

    expect(error.code).toBe('setup_intent_mandate_invalid');
  });

  it('never gives the account number back', async () => {
    const method = await stripe.paymentMethods.create({
      type: 'us_bank_account',
      billing_details: { name: 'Ada Payer' },
      us_bank_account: {
        account_number: '000123456789',
        routing_number: '110000000',
        account_holder_type: 'individual',
      },
    });

    expect(method.us_bank_account).toMatchObject({ last4: '6789', bank_name: 'STRIPE TEST BANK' });
    expect(JSON.stringify(method)).not.toContain('000123456789');
  });
});

describe('debiting a bank account', () => {
  it('is processing for days, then succeeds', async () => {
    const account = openAccount();
    const debit = await charge(account, await savedBankAccount(account));

    await account.control('POST /_sandbox/clock', { advance: '3d' });
    const meanwhile = await account.stripe.paymentIntents.retrieve(debit.id);
    await account.control('POST /_sandbox/clock', { advance: '2d' });
    const after = await account.stripe.paymentIntents.retrieve(debit.id, { expand: ['latest_charge'] });

    expect([debit.status, meanwhile.status, after.status]).toEqual(['processing', 'processing', 'succeeded']);
    expect(after.latest_charge).toMatchObject({
      status: 'succeeded',
      payment_method_details: { type: 'us_bank_account' },
    });
    const { data } = await account.stripe.events.list({ types: ['charge.succeeded'] });
    expect(data[0]!.created - debit.created).toBe(4 * 86_400);
  });

  it.each([
    ['pm_usBankAccount_insufficientFunds', 'insufficient_funds', undefined],
    ['pm_usBankAccount_accountClosed', 'account_closed', 'R02'],
    ['pm_usBankAccount_noAccount', 'no_account', 'R03'],
    ['pm_usBankAccount_debitNotAuthorized', 'debit_not_authorized', 'R10'],
  ])('%s fails days later', async (token, code, blockedWith) => {
    const account = openAccount();
    const saved = await savedBankAccount(account, token);
    const debit = await charge(account, saved);

    await account.control('POST /_sandbox/clock', { advance: '4d' });

    const failed = await account.stripe.paymentIntents.retrieve(debit.id, { expand: ['latest_charge'] });
    const method = await account.stripe.paymentMethods.retrieve(saved.payment_method);
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_payment_attempt_failed', decline_code: code },
      latest_charge: { status: 'failed', failure_code: code },
    });
    expect(method.us_bank_account?.status_details?.blocked?.network_code).toBe(blockedWith);
  });

  it('comes back long after it succeeded, as a dispute that is lost already', async () => {
    const account = openAccount();
    const debit = await charge(account, await savedBankAccount(account, 'pm_usBankAccount_dispute'));

    await account.control('POST /_sandbox/clock', { advance: '15d' });

    const { data } = await account.stripe.disputes.list({ payment_intent: debit.id });
    expect((await account.stripe.paymentIntents.retrieve(debit.id)).status).toBe('succeeded');
    expect(data).toMatchObject([{ status: 'lost', reason: 'debit_not_authorized', amount: 1999 }]);
    const evidence = { uncategorized_text: 'winning_evidence' };
    const contested = await refusal(account.stripe.disputes.update(data[0]!.id, { evidence }));
    expect(contested.code).toBe('dispute_already_closed');
  });

  it('can be cancelled only as long as the bank has not got it', async () => {
    const account = openAccount();
    const waiting = await charge(account, await savedBankAccount(account, 'pm_usBankAccount_processing'));
    const sent = await charge(account, await savedBankAccount(account));

    const canceled = await account.stripe.paymentIntents.cancel(waiting.id);
    const refused = await refusal(account.stripe.paymentIntents.cancel(sent.id));

    expect(canceled.status).toBe('canceled');
    expect(refused.code).toBe('payment_intent_unexpected_state');
  });

  it('is refused once the consent is taken back', async () => {
    const account = openAccount();
    const saved = await savedBankAccount(account);
    const setups = await account.stripe.setupIntents.list({ payment_method: saved.payment_method });

    await account.control(`POST /_sandbox/mandates/${setups.data[0]!.mandate as string}/revoke`, {});

    expect((await refusal(charge(account, saved))).code).toBe('payment_intent_mandate_invalid');
    expect((await account.stripe.events.list({ type: 'mandate.updated' })).data).toHaveLength(1);
  });

  it('ends on request, without waiting', async () => {
    const account = openAccount();
    const saved = await savedBankAccount(account);
    const first = await charge(account, saved);
    const second = await charge(account, saved);

    await account.control(`POST /_sandbox/payment-intents/${first.id}/settle`, { outcome: 'succeed' });
    const body = { outcome: 'fail', code: 'insufficient_funds' };
    await account.control(`POST /_sandbox/payment-intents/${second.id}/settle`, body);

    const { data } = await account.stripe.paymentIntents.list({ customer: saved.customer });
    expect(data.map(({ status }) => status)).toEqual(['requires_payment_method', 'succeeded']);
  });

  it('proves the account and debits it in one payment', async () => {
    const account = openAccount();
    const waiting = await account.stripe.paymentIntents.create({
      ...ORDER,
      allowed_payment_method_types: ['us_bank_account'],
      payment_method: 'pm_usBankAccount_success',
      confirm: true,
      mandate_data: CONSENT,
    });

    const started = await account.stripe.paymentIntents.verifyMicrodeposits(waiting.id, {
      amounts: [32, 45],
    });

    expect([waiting.status, started.status]).toEqual(['requires_action', 'processing']);
  });
});
