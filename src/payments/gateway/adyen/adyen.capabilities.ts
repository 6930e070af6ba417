import type { Capabilities } from '../capabilities.js';

export const ADYEN_CAPABILITIES: Capabilities = {
  methodTypes: ['card'],
  flows: ['redirect'],
  endsSetups: false, // a session ends by itself, an hour after it began
  fingerprints: false,
  readsPayments: false,
  listsEvents: false,
  listsMovements: false, // its reports are files
  stampsWebhooks: false,
  warnsOfFraud: true,
};
