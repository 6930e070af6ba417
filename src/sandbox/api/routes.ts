import type { Route } from '../wire/route.js';
import { account } from './account.js';
import { balanceTransactions, charges } from './charges.js';
import { checkoutSessions } from './checkout-sessions.js';
import { customers } from './customers.js';
import { events } from './events.js';
import { paymentIntents } from './payment-intents.js';
import { paymentMethods } from './payment-methods.js';
import { setupIntents } from './setup-intents.js';
import { webhookEndpoints } from './webhook-endpoints.js';

/** Every call of Stripe's API that the sandbox answers. */
export const routes: Route[] = [
  ...account,
  ...balanceTransactions,
  ...charges,
  ...checkoutSessions,
  ...customers,
  ...events,
  ...paymentIntents,
  ...paymentMethods,
  ...setupIntents,
  ...webhookEndpoints,
];
