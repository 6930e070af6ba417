import type { Capabilities } from '../capabilities.js';

export const STRIPE_CAPABILITIES: Capabilities = {
  methodTypes: ['card', 'us_bank_account'],
  flows: ['redirect', 'embedded'],
  endsSetups: true,
  depositTries: { amounts: 10, descriptor_code: 3 }, // https://docs.stripe.com/payments/ach-direct-debit/set-up-payment
  fingerprints: true,
  authenticates: true,
  confirmsDebits: true,
  readsPayments: true,
  listsEvents: true,
  listsMovements: true,
  tellsOf: ['payment', 'refund', 'dispute', 'method'],
  stampsWebhooks: true,
  warnsOfFraud: true,
  findsRefunds: true,
  sendsRefundsForHours: 20, // keys are kept for 24
};
