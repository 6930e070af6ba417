import type { Capabilities } from '../capabilities.js';

export const ADYEN_CAPABILITIES: Capabilities = {
  methodTypes: ['card', 'us_bank_account'],
  flows: ['redirect', 'embedded'],
  endsSetups: false, // a session ends by itself, an hour after it began
  depositTries: { amounts: 0, descriptor_code: 0 }, // whether an account is good is a third company's business
  fingerprints: false,
  authenticates: true,
  confirmsDebits: false, // but for its settlement report, which is a file
  readsPayments: false,
  listsEvents: false,
  listsMovements: false, // its reports are files
  tellsOf: ['payment', 'refund', 'dispute', 'method'],
  stampsWebhooks: false,
  warnsOfFraud: true,
  findsRefunds: false,
  sendsRefundsForHours: 6 * 24, // keys are kept for a week at least
};
