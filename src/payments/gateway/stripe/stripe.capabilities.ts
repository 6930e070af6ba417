import type { Capabilities } from '../capabilities.js';

export const STRIPE_CAPABILITIES: Capabilities = {
  methodTypes: ['card', 'us_bank_account'],
  flows: ['redirect', 'embedded'],
  endsSetups: true,
  fingerprints: true,
  readsPayments: true,
  listsEvents: true,
  listsMovements: true,
  stampsWebhooks: true,
  warnsOfFraud: true,
};
