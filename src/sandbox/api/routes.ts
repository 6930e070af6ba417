import type { Route } from '../wire/route.js';
import { account } from './account.js';
import { balanceTransactions, charges } from './charges.js';
import { checkoutSessions } from './checkout-sessions.js';
import { customers } from './customers.js';
import { disputes } from './disputes.js';
import { earlyFraudWarnings } from './early-fraud-warnings.js';
import { events } from './events.js';
import { files } from './files.js';
import { mandates } from './mandates.js';
import { paymentIntents } from './payment-intents.js';
import { paymentMethods } from './payment-methods.js';
import { refunds } from './refunds.js';
import { searches } from './search.js';
import { setupAttempts } from './setup-attempts.js';
import { setupIntents } from './setup-intents.js';
import { webhookEndpoints } from './webhook-endpoints.js';

/** Every call of Stripe's API that the sandbox answers. */
export const routes: Route[] = [
  ...account,
  ...balanceTransactions,
  ...charges,
  ...checkoutSessions,
  ...customers,
  ...disputes,
  ...earlyFraudWarnings,
  ...events,
  ...files,
  ...mandates,
  ...paymentIntents,
  ...paymentMethods,
  ...refunds,
  ...searches,
  ...setupAttempts,
  ...setupIntents,
  ...webhookEndpoints,
];
