import type { Capabilities } from '../capabilities.js';

export const BRAINTREE_CAPABILITIES: Capabilities = {
  methodTypes: ['card', 'us_bank_account'],
  flows: ['embedded'], // it has no page of its own, only fields
  endsSetups: false, // nothing is kept of one until a card is saved
  depositTries: { amounts: 5, descriptor_code: 0 }, // https://developer.paypal.com/braintree/docs/reference/response/us-bank-account-verification
  fingerprints: true,
  authenticates: false, // its 3-D Secure is a script in the page; there is no bank's page to send the payer to
  confirmsDebits: true,
  readsPayments: true,
  listsEvents: false,
  listsMovements: true,
  tellsOf: ['refund', 'dispute'], // of bank debits, how they ended, too
  stampsWebhooks: false, // the time in them is that of the news, also when they are sent again a day later
  warnsOfFraud: false,
  findsRefunds: true,
  sendsRefundsForHours: 28 * 24, // keys are kept for 30 days; a batch settles within days
};
