import { IsIn, IsOptional, IsString, IsUrl, Matches } from 'class-validator';
import { CommaList, IsListOfNamedKeys } from '../platform/configuration/comma-list.js';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { IsKeptDays } from '../platform/configuration/kept-days.js';
import { isAt, isNearby } from '../platform/configuration/nearby.js';
import { IsPortNumber } from '../platform/configuration/port-number.js';
import { IsPostgresUrl } from '../platform/configuration/postgres-url.js';
import { IsWholeNumber } from '../platform/configuration/whole-number.js';
import { Variable } from '../platform/configuration/variable.js';
import { AUDIT_KEY_PATTERN } from './audit/audit-keys.js';
import { ISOLATION_MINIMA } from './database/isolation-level.js';
import { TOKEN_KEY_PATTERN } from './database/token-keys.js';
import { PaymentEventsConfig } from './payment-events.config.js';
import { missingInProduction, wrongDatabases } from './payments.production.js';
import { AreRefundLimits, wrongRefundLimits } from './refund/refund-limits.js';

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
/** What the sandbox's development account answers to. */
const SANDBOX_SECRET_KEY = 'sk_test_sandbox';
const SANDBOX_PUBLISHABLE_KEY = 'pk_test_sandbox';
const SANDBOX_WEBHOOK_SECRET = 'whsec_sandbox';

/** Where Stripe is: the only host that its key is sent to in production. */
const STRIPE_ORIGIN = 'https://api.stripe.com';

/** What payments read from the environment. */
export class PaymentsConfig extends PaymentEventsConfig implements CrossChecked {
  static readonly secretsFile = '.env.payments';

  @Variable({
    meaning: "payments' own PostgreSQL; `embedded` starts a second one of our own",
    defaultShown: "unset: the application's",
    example: 'postgres://payments:secret@vault-db.example:5432/payments',
    secret: true,
  })
  @IsOptional()
  @IsPostgresUrl({ embedded: true })
  PAYMENTS_DATABASE_URL?: string;

  @Variable({
    meaning: "login that may become the owner of payments' tables, to migrate them; `db setup` makes it",
    defaultShown: "unset: payments' own login migrates",
    example: 'postgres://tokenkeep_payments_migrator:secret@vault-db.example:5432/payments',
    secret: true,
  })
  @IsOptional()
  @IsPostgresUrl({ embedded: false })
  PAYMENTS_MIGRATION_URL?: string;

  @Variable({
    meaning:
      'while payment data move: the other database, with the login of the program; processes follow the home to it',
    defaultShown: 'unset: nothing moves',
    example: 'postgres://tokenkeep_payments:secret@new-vault.example:5432/payments',
    secret: true,
  })
  @IsOptional()
  @IsPostgresUrl({ embedded: false })
  PAYMENTS_RELOCATION_URL?: string;

  @Variable({ meaning: 'least isolation to start with, as measured', example: 'cluster+process' })
  @IsIn(ISOLATION_MINIMA)
  PAYMENTS_ISOLATION_MINIMUM = 'schema';

  @Variable({
    meaning: 'keys that seal tokens, as a comma list of name:key, the newest first; `keys new` makes one',
    defaultShown: 'unset: one made in the data folder, in development only',
    example: '2027-01:9nyCnKVHr0c0pkZ6mTmfkEVJbPQ3HSiYVNFVuSlHpGk=',
    ...{ secret: true, followed: true },
  })
  @IsListOfNamedKeys(TOKEN_KEY_PATTERN)
  PAYMENTS_TOKEN_KEYS?: string[];

  @Variable({
    meaning:
      'Ed25519 keys that sign the audit log, as a comma list of name:key, the newest first; `audit new-key` makes one',
    defaultShown: 'unset: one made in the data folder, in development only',
    example: '2027-01:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=',
    ...{ secret: true, followed: true },
  })
  @IsListOfNamedKeys(AUDIT_KEY_PATTERN)
  PAYMENTS_AUDIT_KEYS?: string[];

  @Variable({
    meaning:
      'public keys that signed the audit log and sign no more, or of a machine that only verifies: a comma list of name:key',
    defaultShown: 'unset: only keys of PAYMENTS_AUDIT_KEYS are known',
    example: '2026-01:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  })
  @IsListOfNamedKeys(AUDIT_KEY_PATTERN)
  PAYMENTS_AUDIT_PUBLIC_KEYS: string[] = [];

  @Variable({
    meaning:
      "folder that the heads of the audit log are added to, where the database's people cannot write; `log`: to the log only",
    defaultShown: 'unset: `audit-anchors` in the data folder, in development only',
    example: '/var/lib/tokenkeep-anchors',
  })
  @IsOptional()
  @IsString()
  PAYMENTS_AUDIT_ANCHORS?: string;

  @Variable({ meaning: 'port of payments when they run alone', example: '3001' })
  @IsPortNumber()
  PAYMENTS_PORT = 3001;

  @Variable({
    meaning: "`redirect`: the gateway's own page; `embedded`: the gateway's fields in our page",
    example: 'embedded',
  })
  @IsIn(['redirect', 'embedded'])
  PAYMENT_FIELDS: 'redirect' | 'embedded' = 'redirect';

  @Variable({
    meaning: '`off` stops new charges and nothing else: refunds, webhooks and recovery go on',
    example: 'off',
  })
  @IsIn(['on', 'off'])
  PAYMENTS_CHARGING: 'on' | 'off' = 'on';

  @Variable({
    meaning:
      'the most of one payment that one person may give back alone, per currency in its smallest unit, and ten times that in a day; above it, and in other currencies, another person must agree. `off`: one person is enough',
    defaultShown: 'unset: one person is enough, in development only',
    example: 'USD:100000,EUR:100000',
  })
  @AreRefundLimits()
  REFUND_APPROVAL_ABOVE?: string[];

  @Variable({ meaning: 'gateway for new methods', example: 'stripe' })
  @IsIn(['stripe'])
  PAYMENT_GATEWAY = 'stripe';

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
    meaning: 'origins that a payer may be sent back to, as a comma list',
    example: 'https://pay.example.edu',
  })
  @CommaList()
  @IsUrl(httpUrl, { each: true })
  RETURN_URL_ORIGINS: string[] = ['http://127.0.0.1:3000', 'http://localhost:3000'];

  @Variable({
    meaning:
      'how many payment methods one payer may begin to add in an hour; five times as many from one address. Stops those who try out stolen cards',
    example: '10',
  })
  @IsWholeNumber({ min: 1, max: 10_000 })
  SETUPS_PER_HOUR_MAX = 20;

  @Variable({
    meaning:
      'how many refused cards of one payer in a day stop further ones; five times as many from one address. Outages do not count',
    example: '5',
  })
  @IsWholeNumber({ min: 1, max: 10_000 })
  REFUSED_CARDS_PER_DAY_MAX = 10;

  @Variable({
    meaning: 'days that what gateways told us is kept; payments and the audit log stay',
    example: '180',
  })
  @IsKeptDays({ min: 30 })
  GATEWAY_EVENTS_KEPT_DAYS = 90;

  @Variable({ meaning: 'days that messages to neighbours are kept, once delivered', example: '30' })
  @IsKeptDays({ min: 7 })
  DELIVERED_MESSAGES_KEPT_DAYS = 90;

  @Variable({ meaning: 'days that signs of card testing are kept; a day of them counts', example: '7' })
  @IsKeptDays({ min: 7 })
  CARD_TESTING_EVIDENCE_KEPT_DAYS = 30;

  @Variable({ meaning: 'days that setups are kept that saved no method', example: '30' })
  @IsKeptDays({ min: 30 })
  ENDED_SETUPS_KEPT_DAYS = 90;

  @Variable({ meaning: 'days after which the token of a removed method is destroyed', example: '7' })
  @IsKeptDays({ min: 7 })
  REMOVED_TOKENS_KEPT_DAYS = 30;

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

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @IsString()
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  get usesSandbox(): boolean {
    return this.STRIPE_SECRET_KEY === SANDBOX_SECRET_KEY;
  }

  /** Payments made with test keys and with live keys are never in one database. */
  get gatewayMode(): 'test' | 'live' {
    return modeOf(this.STRIPE_SECRET_KEY) === 'live' ? 'live' : 'test';
  }

  /** Whether a sandbox of our own is the gateway. */
  get startsSandbox(): boolean {
    return this.usesSandbox && this.SANDBOX_PORT !== 'off' && this.STRIPE_API_BASE === undefined;
  }

  /** Where the Stripe adapter sends its calls. */
  get stripeAddress(): string {
    if (this.STRIPE_API_BASE) return this.STRIPE_API_BASE;
    return this.usesSandbox && this.SANDBOX_PORT !== 'off'
      ? `http://127.0.0.1:${this.SANDBOX_PORT}`
      : STRIPE_ORIGIN;
  }

  contradictions(isProduction: boolean): Record<string, string> {
    const wrong = wrongRefundLimits(this.REFUND_APPROVAL_ABOVE);
    if (modeOf(this.STRIPE_SECRET_KEY) !== modeOf(this.STRIPE_PUBLISHABLE_KEY))
      wrong['STRIPE_PUBLISHABLE_KEY'] =
        'and STRIPE_SECRET_KEY are of different modes: one is live, the other test';
    if (!this.usesSandbox && this.STRIPE_WEBHOOK_SECRETS.includes(SANDBOX_WEBHOOK_SECRET))
      wrong['STRIPE_WEBHOOK_SECRETS'] =
        "is the sandbox's, which everybody knows; set the secret of your own endpoint";
    if (this.usesSandbox && this.SANDBOX_PORT === 'off' && !this.STRIPE_API_BASE && !isProduction)
      wrong['STRIPE_SECRET_KEY'] =
        'is unset, and SANDBOX_PORT is off: set a key, or say by STRIPE_API_BASE where a sandbox runs';
    if (!isAt(STRIPE_ORIGIN, this.stripeAddress) && !isNearby(this.stripeAddress))
      wrong['STRIPE_API_BASE'] =
        'is neither Stripe nor a sandbox nearby: the key would be sent to a stranger';
    if (isProduction) Object.assign(wrong, this.refusedInProduction());
    return wrong;
  }

  private refusedInProduction(): Record<string, string> {
    const wrong: Record<string, string> = {};
    if (this.usesSandbox)
      wrong['STRIPE_SECRET_KEY'] = "is the sandbox's; production needs a key of your own account";
    if (this.SANDBOX_PORT !== 'off')
      wrong['SANDBOX_PORT'] = 'must be off in production: the sandbox is for development';
    if (!isAt(STRIPE_ORIGIN, this.stripeAddress))
      wrong['STRIPE_API_BASE'] = `must be ${STRIPE_ORIGIN} in production: the key goes nowhere else`;
    Object.assign(wrong, wrongDatabases(this), missingInProduction(this));
    const insecure = this.RETURN_URL_ORIGINS.filter((origin) => !origin.startsWith('https://'));
    if (insecure.length > 0)
      wrong['RETURN_URL_ORIGINS'] = `must all be https in production; ${insecure.join(', ')} is not`;
    return wrong;
  }
}

function modeOf(key: string): string | undefined {
  return key.split('_')[1];
}
