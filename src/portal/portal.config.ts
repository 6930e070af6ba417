import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Min } from 'class-validator';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { Variable } from '../platform/configuration/variable.js';

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const SANDBOX_PUBLISHABLE_KEY = 'pk_test_sandbox';
const SANDBOX_MERCHANT_ID = 'sandboxmerchant';
const SANDBOX_CLIENT_KEY = 'test_sandbox';
const STRIPE_SCRIPT = 'https://js.stripe.com/endive/stripe.js';
const ADYENS_TEST = 'https://checkoutshopper-test.adyen.com/';
/** One of them is near the account: https://docs.adyen.com/development-resources/live-endpoints */
const ADYENS_LIVE = ['live', 'live-us', 'live-au', 'live-apse', 'live-in', 'live-nea'].map(
  (environment) => `https://checkoutshopper-${environment}.adyen.com/`,
);
const ADYEN_SCRIPT = 'checkoutshopper/sdk/6.45.2/adyen.js';

/** What the page shows of a gateway. */
interface GatewayPage {
  /** What it shows unless configuration says so: not every gateway has a page of its own. */
  fields: 'redirect' | 'embedded';
  /** Where it takes bank accounts: on its page, in its fields. Some have a script for these, but no fields: digits would be typed into ours. */
  bankAccounts: readonly ('redirect' | 'embedded')[];
  /** Its script, and where it may come from in production. */
  script: { theirs: string; sandboxs: string; begins: (config: PortalConfig) => readonly string[] };
  /** The address of a server of its shape, if one is named, and whether its public key is the sandbox's. */
  server: (config: PortalConfig) => { named: string | undefined; isSandbox: boolean };
}

const PAGES = {
  stripe: {
    fields: 'redirect',
    bankAccounts: ['redirect', 'embedded'],
    script: { theirs: STRIPE_SCRIPT, sandboxs: '/stripe.js', begins: () => ['https://js.stripe.com/'] }, // https://docs.stripe.com/security/guide
    server: (it) => ({
      named: it.STRIPE_API_BASE,
      isSandbox: it.STRIPE_PUBLISHABLE_KEY === SANDBOX_PUBLISHABLE_KEY,
    }),
  },
  adyen: {
    fields: 'redirect',
    bankAccounts: ['redirect'], // https://docs.adyen.com/payment-methods/ach-direct-debit/web-component
    script: {
      theirs: ADYENS_TEST + ADYEN_SCRIPT,
      sandboxs: '/adyen.js',
      begins: (it) => (it.ADYEN_CLIENT_KEY.startsWith('live') ? ADYENS_LIVE : [ADYENS_TEST]),
    },
    server: (it) => ({
      named: it.ADYEN_API_BASE,
      isSandbox: it.ADYEN_CLIENT_KEY === SANDBOX_CLIENT_KEY,
    }),
  },
  braintree: {
    fields: 'embedded',
    bankAccounts: [], // https://braintree.github.io/braintree-web/current/USBankAccount.html
    script: {
      theirs: 'https://js.braintreegateway.com/web/3.136.0/js/hosted-fields.min.js',
      sandboxs: '/braintree.js',
      begins: () => ['https://js.braintreegateway.com/'], // https://developer.paypal.com/braintree/docs/guides/client-sdk/setup/javascript/v3
    },
    server: (it) => ({
      named: it.BRAINTREE_API_BASE,
      isSandbox: it.BRAINTREE_MERCHANT_ID === SANDBOX_MERCHANT_ID,
    }),
  },
} satisfies Record<string, GatewayPage>;

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
  @IsIn(Object.keys(PAGES))
  PAYMENT_GATEWAY: keyof typeof PAGES = 'stripe';

  @Variable({
    meaning: 'gateway for new bank accounts',
    defaultShown: 'unset: that of `PAYMENT_GATEWAY`',
    example: 'stripe',
  })
  @IsOptional()
  @IsIn(Object.keys(PAGES))
  PAYMENT_GATEWAY_BANK_ACCOUNTS?: keyof typeof PAGES;

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
    meaning:
      "Adyen's client key, for its fields in our page: public, and bound to the addresses that are allowed for it",
    defaultShown: "the sandbox's",
    example: 'test_870be2c4a1d34b',
  })
  @IsString()
  ADYEN_CLIENT_KEY = SANDBOX_CLIENT_KEY;

  @Variable({
    meaning: 'address of an Adyen-shaped server',
    defaultShown: 'the sandbox where no key is set, else Adyen',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  ADYEN_API_BASE?: string;

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

  @Variable({ meaning: 'most instalments that an invoice may be paid in', example: '12' })
  @Type(() => Number)
  @IsInt()
  @Min(2)
  PLAN_INSTALMENTS_MAX = 12;

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  /** Where the payer gives a card to the gateway. */
  get fields(): 'redirect' | 'embedded' {
    return this.PAYMENT_FIELDS ?? this.page.fields;
  }

  /** Where they give a bank account to the gateway that takes these; null where they cannot. */
  get bankAccounts(): 'redirect' | 'embedded' | null {
    const name = this.PAYMENT_GATEWAY_BANK_ACCOUNTS ?? this.PAYMENT_GATEWAY;
    const { bankAccounts }: GatewayPage = PAGES[name];
    const usual = name === this.PAYMENT_GATEWAY ? this.fields : 'redirect'; // one gateway's script runs in our page, never two
    return bankAccounts.includes(usual) ? usual : (bankAccounts[0] ?? null);
  }

  /** The script that draws the gateway's fields, or null where no script of a gateway ever runs in our page. */
  get gatewayScript(): string | null {
    const { script, server } = this.page;
    if (this.fields === 'redirect') return null;
    if (this.GATEWAY_SCRIPT_URL) return this.GATEWAY_SCRIPT_URL;
    const { named, isSandbox } = server(this);
    const elsewhere = named ?? (isSandbox ? `http://127.0.0.1:${this.SANDBOX_PORT}` : null);
    return elsewhere ? new URL(script.sandboxs, elsewhere).href : script.theirs;
  }

  contradictions(isProduction: boolean): Record<string, string> {
    if (!Object.hasOwn(PAGES, this.PAYMENT_GATEWAY)) return {}; // said already, of PAYMENT_GATEWAY
    const { gatewayScript } = this;
    const begins = this.page.script.begins(this);
    if (!isProduction || !gatewayScript || begins.some((it) => gatewayScript.startsWith(it))) return {};
    return { GATEWAY_SCRIPT_URL: `must begin with ${begins.join(' or ')} in production` };
  }

  private get page(): GatewayPage {
    return PAGES[this.PAYMENT_GATEWAY];
  }
}
