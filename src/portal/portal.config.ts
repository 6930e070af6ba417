import { IsIn, IsOptional, IsString, IsUrl, Matches } from 'class-validator';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { Variable } from '../platform/configuration/variable.js';

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const SANDBOX_PUBLISHABLE_KEY = 'pk_test_sandbox';
const SANDBOX_MERCHANT_ID = 'sandboxmerchant';
const STRIPE_SCRIPT = 'https://js.stripe.com/endive/stripe.js';

/** Where a gateway's script is: may come from nowhere else in production. */
const SCRIPTS = {
  stripe: { theirs: STRIPE_SCRIPT, sandboxs: '/stripe.js', begins: 'https://js.stripe.com/' }, // https://docs.stripe.com/security/guide
  adyen: null, // its page is its own, and no script of it runs in ours
  braintree: {
    theirs: 'https://js.braintreegateway.com/web/3.136.0/js/hosted-fields.min.js',
    sandboxs: '/braintree.js',
    begins: 'https://js.braintreegateway.com/', // https://developer.paypal.com/braintree/docs/guides/client-sdk/setup/javascript/v3
  },
} as const;

/** What the payer's page reads from the environment: which fields it shows, and where the gateway's script is. No secret. */
export class PortalConfig implements CrossChecked {
  @Variable({
    meaning: "`redirect`: the gateway's own page; `embedded`: the gateway's fields in our page",
    defaultShown: '`redirect`; `embedded` with a gateway that has no page of its own',
    example: 'embedded',
  })
  @IsOptional()
  @IsIn(['redirect', 'embedded'])
  PAYMENT_FIELDS?: 'redirect' | 'embedded';

  @Variable({ meaning: 'gateway for new methods', example: 'stripe' })
  @IsIn(Object.keys(SCRIPTS))
  PAYMENT_GATEWAY: keyof typeof SCRIPTS = 'stripe';

  @Variable({
    meaning: "address of the gateway's browser script, for `PAYMENT_FIELDS=embedded`",
    defaultShown: "the sandbox's where it is the gateway, else the gateway's",
    example: STRIPE_SCRIPT,
  })
  @IsOptional()
  @IsUrl(httpUrl)
  GATEWAY_SCRIPT_URL?: string;

  @Variable({
    meaning: "public client of AUTH_ISSUER that the payer's page signs in as",
    defaultShown: 'unset: the page cannot sign in by the issuer',
    example: 'tokenkeep-page',
  })
  @IsOptional()
  @IsString()
  AUTH_CLIENT_ID?: string;

  @Variable({ meaning: "Stripe's publishable key", defaultShown: "the sandbox's", example: 'pk_live_...' })
  @IsString()
  STRIPE_PUBLISHABLE_KEY = SANDBOX_PUBLISHABLE_KEY;

  @Variable({
    meaning: 'address of a Stripe-shaped server',
    defaultShown: 'the sandbox where no key is set, else Stripe',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  STRIPE_API_BASE?: string;

  @Variable({
    meaning: "Braintree's merchant id",
    defaultShown: "the sandbox's",
    example: 'x7w8r5k2m9p3q4t6',
  })
  @IsString()
  BRAINTREE_MERCHANT_ID = SANDBOX_MERCHANT_ID;

  @Variable({
    meaning: 'address of a Braintree-shaped server',
    defaultShown: 'the sandbox where no key is set, else Braintree',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  BRAINTREE_API_BASE?: string;

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  /** Where the payer gives a card to the gateway. */
  get fields(): 'redirect' | 'embedded' {
    return this.PAYMENT_FIELDS ?? (this.PAYMENT_GATEWAY === 'braintree' ? 'embedded' : 'redirect');
  }

  /** The script that draws the gateway's fields, or null where no script of a gateway ever runs in our page. */
  get gatewayScript(): string | null {
    const script = SCRIPTS[this.PAYMENT_GATEWAY];
    if (this.fields === 'redirect' || !script) return null;
    if (this.GATEWAY_SCRIPT_URL) return this.GATEWAY_SCRIPT_URL;
    const elsewhere = this.sandboxAddress;
    return elsewhere ? new URL(script.sandboxs, elsewhere).href : script.theirs;
  }

  contradictions(isProduction: boolean): Record<string, string> {
    const { gatewayScript } = this;
    const begins = SCRIPTS[this.PAYMENT_GATEWAY]?.begins;
    if (!isProduction || !gatewayScript || !begins || gatewayScript.startsWith(begins)) return {};
    return { GATEWAY_SCRIPT_URL: `must begin with ${begins} in production` };
  }

  /** Where a sandbox of the gateway's shape is; null: the gateway itself is meant. */
  private get sandboxAddress(): string | null {
    const isBraintree = this.PAYMENT_GATEWAY === 'braintree';
    const named = isBraintree ? this.BRAINTREE_API_BASE : this.STRIPE_API_BASE;
    if (named) return named;
    const isUnset = isBraintree
      ? this.BRAINTREE_MERCHANT_ID === SANDBOX_MERCHANT_ID
      : this.STRIPE_PUBLISHABLE_KEY === SANDBOX_PUBLISHABLE_KEY;
    return isUnset ? `http://127.0.0.1:${this.SANDBOX_PORT}` : null;
  }
}
