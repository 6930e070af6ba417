import { beforeAll, describe, expect, it } from '@jest/globals';
import { charge, openAccount, refusal, savedBankAccount, savedCard } from './gateway.js';
import { isSpecHere, StripeSpec } from './stripe-spec.js';

if (!isSpecHere) {
  console.warn(
    "Skipped: Stripe's description of its API is not beside the checkout (../shared/gateway-specs).",
  );
}

/**
 * Answers and parameters against Stripe's own description. Its schemas are those of 2023-09-12: what came later is listed
 * here, with the version that brought it.
 */
const NEWER_FIELDS: Record<string, string[]> = {
  payment_intent: ['allowed_payment_method_types', 'payment_record'],
  setup_intent: ['allowed_payment_method_types', 'customer_account', 'managed_payments'],
  'checkout.session': [
    'allowed_payment_method_types',
    'integration_identifier',
    'managed_payments',
    'permissions',
  ],
  dispute: ['intended_submission_method', 'network_reason_code'],
  'radar.early_fraud_warning': ['payment_intent'],
};

(isSpecHere ? describe : describe.skip)("Stripe's description of its API", () => {
  const account = openAccount();
  const { stripe, control } = account;
  let spec: StripeSpec;
  let endpoints: { method: string; path: string; parameters: string[] }[];
  beforeAll(async () => {
    spec = new StripeSpec();
    endpoints = ((await control('GET /_sandbox/description')) as { calls: typeof endpoints }).calls;
  });

  it('knows every call that the sandbox answers', () => {
    const unknown = endpoints.filter(({ method, path }) => !spec.parametersOf(method, path));

    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('knows every parameter that the sandbox takes', () => {
    const invented = endpoints.flatMap(({ method, path, parameters }) => {
      const known = spec.parametersOf(method, path) ?? [];
      return parameters.filter((name) => !known.includes(name)).map((name) => `${method} ${path}: ${name}`);
    });

    // Allowed with the publishable key, which the description of the secret key's API leaves out.
    expect(invented.filter((text) => !text.endsWith(': client_secret'))).toEqual([]);
  });

  it('agrees that an unknown parameter is refused, by every call', async () => {
    const accepted = [];
    for (const { method, path } of endpoints) {
      const answer = await fetch(`${account.address}${path.replace(':id', 'x_1')}?nonsense=1`, {
        method,
        headers: { authorization: `Bearer ${account.key}` },
        ...(method === 'POST' && { body: new URLSearchParams({ nonsense: '1' }) }),
      });
      const { error } = (await answer.json()) as { error?: { code: string } };
      if (error?.code !== 'parameter_unknown') accepted.push(`${method} ${path}`);
    }

    expect(accepted).toEqual([]);
  });

  it('fits every kind of answer', async () => {
    const objects = await everyKind();

    const faults = objects.flatMap((object) =>
      spec.faultsOf(object).map((fault) => `${object.object}: ${fault}`),
    );
    const invented = objects.flatMap((object) =>
      spec
        .inventedIn(object)
        .filter((name) => !NEWER_FIELDS[object.object]?.includes(name))
        .map((name) => `${object.object}: ${name}`),
    );

    expect([...new Set(faults)]).toEqual([]);
    expect([...new Set(invented)]).toEqual([]);
  });

  async function everyKind(): Promise<{ object: string }[]> {
    const saved = await savedCard(account);
    const bank = await savedBankAccount(account);
    const paid = await charge(account, saved);
    const held = await charge(account, saved, { capture_method: 'manual' });
    const debit = await charge(account, bank);
    const declined = await refusal(charge(account, await savedCard(account, 'pm_card_chargeCustomerFail')));
    const refund = await stripe.refunds.create({ payment_intent: paid.id, amount: 100 });
    const failed = await control(`POST /_sandbox/refunds/${refund.id}/fail`, {});
    const dispute = await control(`POST /_sandbox/charges/${paid.latest_charge as string}/dispute`, {});
    const warning = await control(`POST /_sandbox/charges/${paid.latest_charge as string}/fraud-warning`, {});
    const waiting = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      return_url: 'http://localhost/back',
    });
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'http://localhost/paid',
      line_items: [
        { price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Fee' } }, quantity: 1 },
      ],
    });
    const setups = await stripe.setupIntents.list({ payment_method: bank.payment_method });
    const file = await stripe.files.create({
      purpose: 'dispute_evidence',
      file: { data: Buffer.from('x'), name: 'x.png', type: 'image/png' },
    });
    const endpoint = await stripe.webhookEndpoints.create({
      url: 'http://127.0.0.1:9/nowhere',
      enabled_events: ['*'],
    });
    await stripe.webhookEndpoints.del(endpoint.id);
    return [
      await stripe.accounts.retrieveCurrent(),
      await stripe.customers.retrieve(saved.customer),
      await stripe.paymentMethods.retrieve(saved.payment_method),
      await stripe.paymentMethods.retrieve(bank.payment_method),
      await stripe.paymentIntents.retrieve(paid.id, { expand: ['latest_charge.balance_transaction'] }),
      held,
      debit,
      waiting,
      declined.payment_intent as { object: string },
      ...setups.data,
      await stripe.mandates.retrieve(setups.data[0]!.mandate as string),
      ...(await stripe.charges.list()).data,
      ...(await stripe.balanceTransactions.list()).data,
      refund,
      failed as { object: string },
      dispute as { object: string },
      warning as { object: string },
      session,
      file,
      endpoint,
      ...(await stripe.events.list({ limit: 100 })).data,
      ...(await stripe.setupAttempts.list({ setup_intent: setups.data[0]!.id })).data,
    ];
  }
});
