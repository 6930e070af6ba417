import { IsIn, IsOptional, IsString, IsUrl, Matches } from 'class-validator';
import { CommaList } from '../../platform/configuration/comma-list.js';
import type { CrossChecked } from '../../platform/configuration/configuration.js';
import { isAt, isNearby } from '../../platform/configuration/nearby.js';
import { Variable } from '../../platform/configuration/variable.js';
import { IsWholeNumber } from '../../platform/configuration/whole-number.js';

const GATEWAY_NAMES = ['stripe', 'adyen'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
/** What the sandbox's development account answers to. */
const SANDBOX_SECRET_KEY = 'sk_test_sandbox';
const SANDBOX_PUBLISHABLE_KEY = 'pk_test_sandbox';
const SANDBOX_WEBHOOK_SECRET = 'whsec_sandbox';

/** Where Stripe is: the only host that its key is sent to in production. */
const STRIPE_ORIGIN = 'https://api.stripe.com';

const ADYEN_ADDRESS = 'https://checkout-live.adyenpayments.com';
/** What the same account answers to in Adyen's words. */
const SANDBOX_ADYEN = {
  apiKey: 'AQE_test_sandbox',
  merchantAccount: 'SandboxECOM',
  hmacKey: '5A'.repeat(32),
  credentials: 'sandbox:sandbox',
};

/** What is read from the environment of the gateways: which, and with which keys. */
export class GatewayConfig implements CrossChecked {
  @Variable({
    meaning: "`redirect`: the gateway's own page; `embedded`: the gateway's fields in our page",
    example: 'embedded',
  })
  @IsIn(['redirect', 'embedded'])
  PAYMENT_FIELDS: 'redirect' | 'embedded' = 'redirect';

  @Variable({ meaning: 'gateway for new methods', example: 'stripe' })
  @IsIn(GATEWAY_NAMES)
  PAYMENT_GATEWAY: GatewayName = 'stripe';

  @Variable({
    meaning:
      'longest wait for one answer of a gateway, in milliseconds: gateways nearly always answer in 2 s, card networks may take longer',
    example: '20000',
  })
  @IsWholeNumber({ min: 500, max: 80_000 })
  GATEWAY_TIMEOUT_MS = 20_000;

  @Variable({
    meaning: 'how often a call that got no answer is sent again at once, with the same key',
    example: '1',
  })
  @IsWholeNumber({ min: 0, max: 5 })
  GATEWAY_RETRIES = 1;

  @Variable({
    meaning: '`on` leaves a gateway alone for 10 s when half of at least 10 calls in 10 s got no answer',
    example: 'off',
  })
  @IsIn(['on', 'off'])
  GATEWAY_BREAKER: 'on' | 'off' = 'on';

  @Variable({
    meaning: "Stripe's secret or restricted key",
    defaultShown: "the sandbox's",
    example: 'rk_live_...',
    ...{ secret: true, followed: true },
  })
  @Matches(/^(sk|rk)_(test|live)_\S+$/, {
    message: 'must begin with sk_test_, sk_live_, rk_test_ or rk_live_',
  })
  STRIPE_SECRET_KEY = SANDBOX_SECRET_KEY;

  @Variable({ meaning: "Stripe's publishable key", defaultShown: "the sandbox's", example: 'pk_live_...' })
  @Matches(/^pk_(test|live)_\S+$/, { message: 'must begin with pk_test_ or pk_live_' })
  STRIPE_PUBLISHABLE_KEY = SANDBOX_PUBLISHABLE_KEY;

  @Variable({
    meaning: 'signing secrets of the webhook endpoint, as a comma list, the newest first',
    defaultShown: "the sandbox's",
    example: 'whsec_new,whsec_old',
    ...{ secret: true, followed: true },
  })
  @CommaList()
  @Matches(/^whsec_\S+$/, { each: true, message: 'must each begin with whsec_' })
  STRIPE_WEBHOOK_SECRETS: string[] = [SANDBOX_WEBHOOK_SECRET];

  @Variable({
    meaning: 'address of a Stripe-shaped server',
    defaultShown: 'the sandbox where no key is set, else Stripe',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  STRIPE_API_BASE?: string;

  @Variable({
    meaning: "Adyen's API key",
    defaultShown: "the sandbox's",
    example: 'AQEyhmfxK...',
    ...{ secret: true, followed: true },
  })
  @Matches(/^AQ\S+$/, { message: 'must begin with AQ' })
  ADYEN_API_KEY = SANDBOX_ADYEN.apiKey;

  @Variable({ meaning: "Adyen's merchant account", defaultShown: "the sandbox's", example: 'ExampleEduECOM' })
  @Matches(/^\w{1,80}$/, { message: 'must be the name of a merchant account' })
  ADYEN_MERCHANT_ACCOUNT = SANDBOX_ADYEN.merchantAccount;

  @Variable({
    meaning: 'HMAC keys of the webhooks, in hexadecimal, as a comma list, the newest first',
    defaultShown: "the sandbox's",
    example: '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
    ...{ secret: true, followed: true },
  })
  @CommaList()
  @Matches(/^([0-9A-Fa-f]{2}){32}$/, { each: true, message: 'must each be 64 hexadecimal digits' })
  ADYEN_HMAC_KEYS: string[] = [SANDBOX_ADYEN.hmacKey];

  @Variable({
    meaning: 'user and password of the webhooks as `user:password`, as a comma list, the newest first',
    defaultShown: "the sandbox's",
    example: 'adyen:a-long-random-password',
    ...{ secret: true, followed: true },
  })
  @CommaList()
  @Matches(/^[^:,]+:[^,]+$/, { each: true, message: 'must each be user:password' })
  ADYEN_WEBHOOK_CREDENTIALS: string[] = [SANDBOX_ADYEN.credentials];

  @Variable({ meaning: "which of Adyen's environments the key is for", example: 'live' })
  @IsIn(['test', 'live'])
  ADYEN_ENVIRONMENT: 'test' | 'live' = 'test';

  @Variable({
    meaning: "the prefix of your account's live addresses at Adyen",
    defaultShown: 'unset: the test environment has none',
    example: '1797a841fbb37ca7-ExampleEdu',
  })
  @IsOptional()
  @Matches(/^[\w-]+$/, { message: 'must be letters, digits and hyphens' })
  ADYEN_LIVE_PREFIX?: string;

  @Variable({
    meaning: 'address of an Adyen-shaped server',
    defaultShown: 'the sandbox where no key is set, else Adyen',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  ADYEN_API_BASE?: string;

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @IsString()
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  get usesSandbox(): boolean {
    return this.gateways.some((name) => this.hasSandboxKey(name));
  }

  /** Those that are spoken with: the one for new methods, and those whose key is set, as they hold older ones. */
  get gateways(): GatewayName[] {
    return GATEWAY_NAMES.filter((name) => name === this.PAYMENT_GATEWAY || !this.hasSandboxKey(name));
  }

  /** Payments made with test keys and with live keys are never in one database. */
  get gatewayMode(): 'test' | 'live' {
    return this.gateways.some((name) => this.modeOf(name) === 'live') ? 'live' : 'test';
  }

  /** Whether a sandbox of our own is a gateway. */
  get startsSandbox(): boolean {
    const isElsewhere = this.PAYMENT_GATEWAY === 'stripe' ? this.STRIPE_API_BASE : this.ADYEN_API_BASE;
    return this.usesSandbox && this.SANDBOX_PORT !== 'off' && isElsewhere === undefined;
  }

  /** Where the Stripe adapter sends its calls. */
  get stripeAddress(): string {
    return this.STRIPE_API_BASE ?? this.sandboxAddress('stripe') ?? STRIPE_ORIGIN;
  }

  /** Where the Adyen adapter sends its calls; null: to Adyen, each service at an address of its own. */
  get adyenAddress(): string | null {
    return this.ADYEN_API_BASE ?? this.sandboxAddress('adyen');
  }

  /** What the sandbox needs to tell its news in the words of the gateway for new methods. */
  sandboxWebhook(address: string): Record<string, string> {
    if (this.PAYMENT_GATEWAY === 'stripe')
      return {
        SANDBOX_WEBHOOK_URL: `${address}/stripe`,
        SANDBOX_WEBHOOK_SECRET: this.STRIPE_WEBHOOK_SECRETS[0]!,
      };
    return {
      SANDBOX_WEBHOOK_URL: `${address}/adyen`,
      SANDBOX_WEBHOOK_SECRET: this.ADYEN_HMAC_KEYS[0]!,
      SANDBOX_WEBHOOK_CREDENTIALS: this.ADYEN_WEBHOOK_CREDENTIALS[0]!,
    };
  }

  /** Where calls go for new methods. */
  get gatewayAddress(): string {
    return this.PAYMENT_GATEWAY === 'stripe' ? this.stripeAddress : (this.adyenAddress ?? ADYEN_ADDRESS);
  }

  contradictions(isProduction: boolean): Record<string, string> {
    return {
      ...(this.gateways.includes('stripe') && this.wrongOfStripe(isProduction)),
      ...(this.gateways.includes('adyen') && this.wrongOfAdyen(isProduction)),
      ...this.wrongTogether(isProduction),
    };
  }

  private wrongOfStripe(isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    const isSandboxs = this.hasSandboxKey('stripe');
    if (modeOfStripeKey(this.STRIPE_SECRET_KEY) !== modeOfStripeKey(this.STRIPE_PUBLISHABLE_KEY))
      wrong['STRIPE_PUBLISHABLE_KEY'] =
        'and STRIPE_SECRET_KEY are of different modes: one is live, the other test';
    if (!isSandboxs && this.STRIPE_WEBHOOK_SECRETS.includes(SANDBOX_WEBHOOK_SECRET))
      wrong['STRIPE_WEBHOOK_SECRETS'] =
        "is the sandbox's, which everybody knows; set the secret of your own endpoint";
    if (isSandboxs && this.SANDBOX_PORT === 'off' && !this.STRIPE_API_BASE && !isProduction)
      wrong['STRIPE_SECRET_KEY'] =
        'is unset, and SANDBOX_PORT is off: set a key, or say by STRIPE_API_BASE where a sandbox runs';
    if (!isAt(STRIPE_ORIGIN, this.stripeAddress) && !isNearby(this.stripeAddress))
      wrong['STRIPE_API_BASE'] =
        'is neither Stripe nor a sandbox nearby: the key would be sent to a stranger';
    if (isProduction && isSandboxs)
      wrong['STRIPE_SECRET_KEY'] = "is the sandbox's; production needs a key of your own account";
    if (isProduction && !isAt(STRIPE_ORIGIN, this.stripeAddress))
      wrong['STRIPE_API_BASE'] = `must be ${STRIPE_ORIGIN} in production: the key goes nowhere else`;
    return wrong;
  }

  private wrongOfAdyen(isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    const isSandboxs = this.hasSandboxKey('adyen');
    if (!isSandboxs && this.ADYEN_MERCHANT_ACCOUNT === SANDBOX_ADYEN.merchantAccount && !this.ADYEN_API_BASE)
      wrong['ADYEN_MERCHANT_ACCOUNT'] = 'is unset; set the name of your own merchant account';
    if (!isSandboxs && this.ADYEN_HMAC_KEYS.includes(SANDBOX_ADYEN.hmacKey))
      wrong['ADYEN_HMAC_KEYS'] = "is the sandbox's, which everybody knows; set the key of your own webhook";
    if (!isSandboxs && this.ADYEN_WEBHOOK_CREDENTIALS.includes(SANDBOX_ADYEN.credentials))
      wrong['ADYEN_WEBHOOK_CREDENTIALS'] =
        "is the sandbox's, which everybody knows; set those of your own webhook";
    if (this.ADYEN_ENVIRONMENT === 'live' && !this.ADYEN_LIVE_PREFIX)
      wrong['ADYEN_LIVE_PREFIX'] = 'is unset; live addresses begin with the prefix of your account';
    if (isSandboxs && this.SANDBOX_PORT === 'off' && !this.ADYEN_API_BASE && !isProduction)
      wrong['ADYEN_API_KEY'] =
        'is unset, and SANDBOX_PORT is off: set a key, or say by ADYEN_API_BASE where a sandbox runs';
    if (this.ADYEN_API_BASE && !isNearby(this.ADYEN_API_BASE))
      wrong['ADYEN_API_BASE'] = 'is not a sandbox nearby: the key would be sent to a stranger';
    if (this.PAYMENT_GATEWAY === 'adyen' && this.PAYMENT_FIELDS === 'embedded')
      wrong['PAYMENT_FIELDS'] =
        "must be redirect with PAYMENT_GATEWAY=adyen, whose payers give cards on Adyen's page";
    if (isProduction && isSandboxs)
      wrong['ADYEN_API_KEY'] = "is the sandbox's; production needs a key of your own account";
    if (isProduction && this.ADYEN_API_BASE)
      wrong['ADYEN_API_BASE'] = 'must be unset in production: the key goes to Adyen only';
    return wrong;
  }

  private wrongTogether(isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    if (isProduction && this.SANDBOX_PORT !== 'off')
      wrong['SANDBOX_PORT'] = 'must be off in production: the sandbox is for development';
    if (new Set(this.gateways.map((name) => this.modeOf(name))).size > 1)
      wrong['ADYEN_ENVIRONMENT'] = "and Stripe's keys are of different modes: one is live, the other test";
    return wrong;
  }

  private hasSandboxKey(name: GatewayName): boolean {
    return name === 'stripe'
      ? this.STRIPE_SECRET_KEY === SANDBOX_SECRET_KEY
      : this.ADYEN_API_KEY === SANDBOX_ADYEN.apiKey;
  }

  private modeOf(name: GatewayName): string | undefined {
    return name === 'stripe' ? modeOfStripeKey(this.STRIPE_SECRET_KEY) : this.ADYEN_ENVIRONMENT;
  }

  private sandboxAddress(name: GatewayName): string | null {
    const isThere = this.hasSandboxKey(name) && this.SANDBOX_PORT !== 'off';
    return isThere ? `http://127.0.0.1:${this.SANDBOX_PORT}` : null;
  }
}

function modeOfStripeKey(key: string): string | undefined {
  return key.split('_')[1];
}
