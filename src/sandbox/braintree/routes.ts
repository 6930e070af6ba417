import { bankAccounts } from './bank-accounts.js';
import { disputes } from './disputes.js';
import type { BraintreeRoute } from './route.js';
import { searches } from './searches.js';
import { transactions } from './transactions.js';
import { vault } from './vault.js';

/** The part of Braintree's API that the sandbox speaks. */
export const braintreeRoutes: BraintreeRoute[] = [
  ...vault,
  ...bankAccounts,
  ...transactions,
  ...searches,
  ...disputes,
];
