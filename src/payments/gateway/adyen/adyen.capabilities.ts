import type { Capabilities } from '../capabilities.js';

export const ADYEN_CAPABILITIES: Capabilities = {
  methodTypes: ['card'],
  flows: ['redirect'],
  endsSetups: false, // a session ends by itself, an hour after it began
  depositTries: { amounts: 0, descriptor_code: 0 },
  fingerprints: false,
  authenticates: true,
  readsPayments: false,
  listsEvents: false,
  listsMovements: false, // its reports are files
  tellsOf: ['payment', 'refund', 'dispute', 'method'],
  stampsWebhooks: false,
  warnsOfFraud: true,
  sendsRefundsForHours: 20, // keys are kept for longer; nothing needs that
};
