import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
});
afterAll(() => tokenkeep.stop());

describe('paying an invoice with a saved card', () => {
  it('charges the card and marks the invoice as paid', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 12_500);

    const { status, body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, {
      paymentMethodId: card.id,
    });

    expect(status).toBe(201);
    expect(payment).toMatchObject({
      status: 'succeeded',
      amountMinor: 12_500,
      capturedMinor: 12_500,
      currency: 'USD',
      failure: null,
    });
    const paid = await eventually(
      async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body,
      (it) => it.status === 'paid',
    );
    expect(paid).toMatchObject({ paymentId: payment.id });
  });

  it('answers a decline as a failed payment that says what to do, and the invoice can be paid with another card', async () => {
    const payer = await tokenkeep.as('payer');
    const empty = await savedCard(tokenkeep, payer, 'pm_card_chargeCustomerFail');
    const good = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    const invoice = await invoiceFor(tokenkeep, payer);

    const declined = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, {
      paymentMethodId: empty.id,
    });
    const paid = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: good.id });

    expect(declined.status).toBe(201);
    expect(declined.body).toMatchObject({
      status: 'failed',
      capturedMinor: 0,
      failure: { code: 'declined', action: 'contact_bank' },
    });
    expect(paid.body).toMatchObject({ status: 'succeeded' });
  });
});
