import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/accounts/retrieve: the account of the key itself. */
export const account = [
  route('GET /v1/account', {}, ({ changes }) => ({
    id: changes.account.id,
    object: 'account',
    business_profile: { mcc: null, name: 'Sandbox', url: null },
    business_type: 'company',
    capabilities: { card_payments: 'active', us_bank_account_ach_payments: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country: 'US',
    created: 1_600_000_000,
    default_currency: 'usd',
    details_submitted: true,
    email: null,
    metadata: {},
    payouts_enabled: true,
    settings: {
      branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
      card_payments: { decline_on: { avs_failure: false, cvc_failure: true } },
      dashboard: { display_name: 'Sandbox', timezone: 'Etc/UTC' },
      payments: { statement_descriptor: 'SANDBOX' },
    },
    type: 'standard',
  })),
];
