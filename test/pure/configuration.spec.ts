import { describe, expect, it } from '@jest/globals';
import { BillingConfig } from '../../src/billing/billing.config.js';
import { NotificationsConfig } from '../../src/notifications/notifications.config.js';
import { PaymentsConfig } from '../../src/payments/payments.config.js';
import { Configuration, ConfigurationError } from '../../src/platform/configuration/configuration.js';
import { describedVariables } from '../../src/platform/configuration/variable.js';
import { PlatformConfig } from '../../src/platform/platform.config.js';
import { PortalConfig } from '../../src/portal/portal.config.js';

const CLASSES = [PlatformConfig, PaymentsConfig, BillingConfig, NotificationsConfig, PortalConfig];

/** A production that may start. */
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://app:word@db.example:5432/tokenkeep?sslmode=verify-full',
  TRUSTED_PROXIES: '10.0.3.4, 10.0.4.0/24, fd00::/8',
  AUTH_ISSUER: 'https://login.example.edu',
  AUTH_AUDIENCE: 'https://pay.example.edu',
  STRIPE_SECRET_KEY: 'sk_live_17',
  STRIPE_PUBLISHABLE_KEY: 'pk_live_17',
  STRIPE_WEBHOOK_SECRETS: 'whsec_new, whsec_old',
  SANDBOX_PORT: 'off',
  RETURN_URL_ORIGINS: 'https://pay.example.edu',
  PAYMENTS_AUDIT_KEYS: `2027-01:${'b'.repeat(43)}=`,
  PAYMENTS_AUDIT_ANCHORS: '/var/lib/anchors',
  REFUND_APPROVAL_ABOVE: 'USD:100000',
  PAYMENTS_TOKEN_KEYS: `2027-01:${'a'.repeat(43)}=`,
  SMTP_URL: 'smtps://school:word@mail.example.edu',
  MAIL_FROM: 'bursar@example.edu',
  PAGE_URL: 'https://pay.example.edu',
};

const UNENCRYPTED = 'postgres://app:word@db.example:5432/tokenkeep';

describe('the configuration', () => {
  it('knows every host of the gateways that are spoken with, also where only older methods are', () => {
    const hosts = (more: object) => read({ ...PRODUCTION, ...more }).payments.gateway.hosts;

    expect(hosts({})).toEqual(['api.stripe.com', 'files.stripe.com', 'checkout.stripe.com']);
    expect(
      hosts({
        PAYMENT_GATEWAY_NEXT: 'adyen:10',
        ADYEN_API_KEY: 'AQE17',
        ADYEN_MERCHANT_ACCOUNT: 'OurECOM',
        ADYEN_HMAC_KEYS: 'AB'.repeat(32),
        ADYEN_WEBHOOK_CREDENTIALS: 'adyen:word',
        ADYEN_ENVIRONMENT: 'live',
        ADYEN_LIVE_PREFIX: '17-Our',
      }),
    ).toEqual(expect.arrayContaining(['17-Our-checkout-live.adyenpayments.com', 'checkout.stripe.com']));
    expect(read({ PAYMENT_GATEWAY_BANK_ACCOUNTS: 'braintree' }).payments.gateway.hosts).toContain(
      '127.0.0.1',
    );
  });

  it('is right when nothing is set: development with everything of our own', () => {
    const { platform, payments } = read({});

    expect(platform).toMatchObject({ NODE_ENV: 'development', PORT: 3000, DATABASE_URL: 'embedded' });
    expect([payments.gateway.startsSandbox, payments.gateway.addressOf('stripe')]).toEqual([
      true,
      'http://127.0.0.1:4010',
    ]);
  });

  it('takes an empty value, or a blank one, as unset', () => {
    expect(read({ PORT: '', LOG_LEVEL: ' ' }).platform).toMatchObject({ PORT: 3000, LOG_LEVEL: 'info' });
  });

  it('is right for a production that has everything of its own', () => {
    const { platform, payments } = read(PRODUCTION);

    expect(platform.isProduction).toBe(true);
    expect([payments.gateway.startsSandbox, payments.gateway.address]).toEqual([
      false,
      'https://api.stripe.com',
    ]);
    expect(payments.gateway.stripe.STRIPE_WEBHOOK_SECRETS).toEqual(['whsec_new', 'whsec_old']);
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['NODE_ENV', 'prod'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['TRUSTED_PROXIES', '10.0.0.0/8, proxy.example'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://portal.example/page'],
    ['STRIPE_API_BASE', 'https://stripe.example'],
    ['DATABASE_URL', 'mysql://app@db.example/tokenkeep'],
    ['DATABASE_URL', 'postgres://db.example'],
    ['DATABASE_URL', 'somewhere'],
    ['DATABASE_POOL_MAX', '1'],
    ['MIGRATE_ON_START', 'maybe'],
    ['LOG_LEVEL', 'loud'],
    ['WORKERS', 'yes'],
    ['AUTH_ISSUER', 'login.example.edu'],
    ['PAYMENTS_DATABASE_URL', 'embeded'],
    ['PAYMENTS_PORT', '99999'],
    ['PAYMENTS_TOKEN_KEYS', 'too:short'],
    ['PAYMENTS_AUDIT_KEYS', 'no-name'],
    ['PAYMENT_FIELDS', 'iframe'],
    ['REFUND_APPROVAL_ABOVE', '100000'],
    ['REFUND_APPROVAL_ABOVE', 'USD:1000.00'],
    ['REFUND_APPROVAL_ABOVE', 'off,USD:1000'],
    ['REFUND_APPROVAL_ABOVE', 'USD:1,USD:2'],
    ['PAYMENT_GATEWAY', 'paypal'],
    ['PAYMENT_GATEWAY_BANK_ACCOUNTS', 'paypal'],
    ['PAYMENT_GATEWAY_NEXT', 'adyen'],
    ['PAYMENT_GATEWAY_NEXT', 'adyen:101'],
    ['RETURN_URL_ORIGINS', 'pay.example.edu'],
    ['RETURN_URL_ORIGINS', 'https://pay.example.edu,nonsense'],
    ['STRIPE_SECRET_KEY', 'pk_live_17'],
    ['STRIPE_PUBLISHABLE_KEY', 'sk_live_17'],
    ['STRIPE_WEBHOOK_SECRETS', 'whsec_right,wrong'],
    ['STRIPE_API_BASE', 'api.stripe.com'],
    ['SANDBOX_PORT', 'no'],
    ['SCHOOL_TIME_ZONE', 'America/Springfield'],
    ['SCHOOL_TIME_ZONE', '+05:30'],
    ['PLAN_INSTALMENTS_MAX', '1'],
    ['SMTP_URL', 'mail.example.edu'],
    ['MAIL_FROM', 'bursar'],
    ['PAGE_URL', 'pay.example.edu'],
  ])('refuses %s=%s, and says by name and with an example what to set', (variable, value) => {
    const problem = problemsOf({ [variable]: value }).find((it) => it.variable === variable);

    expect(problem).toMatchObject({ problem: expect.any(String), example: expect.stringMatching(/./) });
  });

  it('names all that is wrong at once, over all modules', () => {
    const wrong = { PORT: 'x', LOG_LEVEL: 'loud', STRIPE_SECRET_KEY: 'x', SANDBOX_PORT: 'x' };

    expect(problemsOf(wrong).map(({ variable }) => variable)).toEqual(
      expect.arrayContaining(Object.keys(wrong)),
    );
  });

  it('names what is refused in production also when something else is wrong', () => {
    const wrong = { NODE_ENV: 'production', PORT: 'x', PAYMENTS_PORT: 'x' };

    expect(problemsOf(wrong).map(({ variable }) => variable)).toEqual(
      expect.arrayContaining([
        'PORT',
        'DATABASE_URL',
        'AUTH_ISSUER',
        'PAYMENTS_PORT',
        'STRIPE_SECRET_KEY',
        'SANDBOX_PORT',
      ]),
    );
  });

  it.each([
    ['the embedded database', { DATABASE_URL: 'embedded' }, 'DATABASE_URL'],
    ['the embedded database by default', { DATABASE_URL: undefined }, 'DATABASE_URL'],
    ['an embedded payments database', { PAYMENTS_DATABASE_URL: 'embedded' }, 'PAYMENTS_DATABASE_URL'],
    ['development tokens', { AUTH_ISSUER: undefined }, 'AUTH_ISSUER'],
    ['the sandbox', { SANDBOX_PORT: '4010' }, 'SANDBOX_PORT'],
    ['the sandbox by default', { SANDBOX_PORT: undefined }, 'SANDBOX_PORT'],
    ['the sandbox’s key', { STRIPE_SECRET_KEY: undefined }, 'STRIPE_SECRET_KEY'],
    ['the sandbox’s webhook secret', { STRIPE_WEBHOOK_SECRETS: undefined }, 'STRIPE_WEBHOOK_SECRETS'],
    ['a gateway without encryption', { STRIPE_API_BASE: 'http://stripe.example' }, 'STRIPE_API_BASE'],
    ['return addresses without encryption', { RETURN_URL_ORIGINS: undefined }, 'RETURN_URL_ORIGINS'],
    ['keys of different modes', { STRIPE_PUBLISHABLE_KEY: 'pk_test_17' }, 'STRIPE_PUBLISHABLE_KEY'],
    ['an unsigned audit log', { PAYMENTS_AUDIT_KEYS: undefined }, 'PAYMENTS_AUDIT_KEYS'],
    ['an audit log without anchors', { PAYMENTS_AUDIT_ANCHORS: undefined }, 'PAYMENTS_AUDIT_ANCHORS'],
    ['refunds of any size by one person', { REFUND_APPROVAL_ABOVE: undefined }, 'REFUND_APPROVAL_ABOVE'],
    ['no way to tell payers anything', { SMTP_URL: undefined }, 'SMTP_URL'],
    ['mail from nobody', { MAIL_FROM: undefined }, 'MAIL_FROM'],
    ['links without encryption', { PAGE_URL: undefined }, 'PAGE_URL'],
    ['plain HTTP', { TRUSTED_PROXIES: undefined }, 'TRUSTED_PROXIES'],
    ['plain HTTP', { TRUSTED_PROXIES: undefined }, 'TLS_CERT_FILE'],
    ['a database that anybody may pose as', { DATABASE_URL: UNENCRYPTED }, 'DATABASE_URL'],
    ['a certificate that nobody checks', { DATABASE_URL: `${UNENCRYPTED}?sslmode=require` }, 'DATABASE_URL'],
    ['the same of payments', { PAYMENTS_DATABASE_URL: UNENCRYPTED }, 'PAYMENTS_DATABASE_URL'],
    ['the same of migrations', { PAYMENTS_MIGRATION_URL: UNENCRYPTED }, 'PAYMENTS_MIGRATION_URL'],
    ['pages without encryption', { CORS_ORIGINS: 'http://portal.example' }, 'CORS_ORIGINS'],
    ['a stranger as the gateway', { STRIPE_API_BASE: 'https://api.stripe.com.example' }, 'STRIPE_API_BASE'],
    ['a sandbox as the gateway', { STRIPE_API_BASE: 'https://127.0.0.1:4010' }, 'STRIPE_API_BASE'],
    ['tokens for any audience', { AUTH_AUDIENCE: undefined }, 'AUTH_AUDIENCE'],
  ])('refuses %s in production, by name', (_, change, variable) => {
    expect(problemsOf({ ...PRODUCTION, ...change }).map((it) => it.variable)).toContain(variable);
  });

  it('lets no two gateways draw their fields in one page', () => {
    const named = (environment: object) => [
      ...new Set(problemsOf({ ...environment }).map(({ variable }) => variable)), // the page reads some of them as well
    ];
    const bothOf = { PAYMENT_FIELDS: 'embedded', PAYMENT_GATEWAY_NEXT: 'braintree:10' };

    expect([
      named(bothOf),
      named({ ...bothOf, PAYMENT_FIELDS: 'redirect' }),
      named({ ...bothOf, PAYMENT_GATEWAY: 'paypal' }),
    ]).toEqual([['PAYMENT_GATEWAY_NEXT'], [], ['PAYMENT_GATEWAY']]);
  });

  it("draws Adyen's fields with a client key, by the script of that key's environment", () => {
    const named = (environment: object) => problemsOf({ ...PRODUCTION, ...environment });
    const fields = {
      PAYMENT_GATEWAY: 'adyen',
      PAYMENT_FIELDS: 'embedded',
      ADYEN_ENVIRONMENT: 'live',
      ADYEN_API_KEY: 'AQE_of_a_school',
      ADYEN_MERCHANT_ACCOUNT: 'SchoolECOM',
      ADYEN_LIVE_PREFIX: 'a1-School',
      ADYEN_HMAC_KEYS: 'AB'.repeat(32),
      ADYEN_WEBHOOK_CREDENTIALS: 'adyen:long-and-random',
      ADYEN_CLIENT_KEY: 'live_OF_A_SCHOOL',
      GATEWAY_SCRIPT_URL: 'https://checkoutshopper-live-us.adyen.com/checkoutshopper/sdk/6.45.2/adyen.js',
    };
    const ofTests = fields.GATEWAY_SCRIPT_URL.replace('live-us', 'test');

    expect(named(fields)).toEqual([]);
    expect(named({ ...fields, GATEWAY_SCRIPT_URL: undefined })).toMatchObject([
      { variable: 'GATEWAY_SCRIPT_URL' },
    ]);
    expect(named({ ...fields, GATEWAY_SCRIPT_URL: ofTests })).toMatchObject([
      { variable: 'GATEWAY_SCRIPT_URL' },
    ]);
    const wrongKey = named({ ...fields, ADYEN_CLIENT_KEY: undefined }).map(({ variable }) => variable);
    expect(wrongKey).toContain('ADYEN_CLIENT_KEY');
  });

  it('wants both a certificate and its key', () => {
    const [cert, key] = [{ TLS_CERT_FILE: '/nowhere/tls.crt' }, { TLS_KEY_FILE: '/nowhere/tls.key' }];
    const named = (environment: object) => problemsOf({ ...environment }).map(({ variable }) => variable);

    expect([named(cert), named(key), named({ ...cert, ...key })]).toEqual([
      ['TLS_KEY_FILE'],
      ['TLS_CERT_FILE'],
      ['TLS_CERT_FILE'],
    ]);
  });

  it('takes a socket of this machine as hidden from everybody', () => {
    const url = 'postgres://app@localhost/tokenkeep?host=/run/postgresql';

    expect(problemsOf({ ...PRODUCTION, DATABASE_URL: url, PAYMENTS_DATABASE_URL: url })).toEqual([]);
  });

  it('lets a school do without mail, in so many words', () => {
    expect(problemsOf({ ...PRODUCTION, SMTP_URL: 'off', MAIL_FROM: '', PAGE_URL: '' })).toEqual([]);
  });

  it('never repeats a secret that is wrong', () => {
    const secrets = {
      DATABASE_URL: 'postgre://app:hunter2@db/x',
      STRIPE_SECRET_KEY: 'hunter2',
      STRIPE_WEBHOOK_SECRETS: 'hunter2',
      SMTP_URL: 'imap://me:hunter2@mail.example',
    };

    expect(problemsOf(secrets).map(({ variable }) => variable)).toEqual(
      expect.arrayContaining(Object.keys(secrets)),
    );
    expect(JSON.stringify(problemsOf(secrets))).not.toContain('hunter2');
  });

  it('gives an example for every variable that is itself accepted', () => {
    for (const type of CLASSES)
      for (const [variable, { example }] of describedVariables(type)) {
        const complaints = problemsOf({ [variable]: example }).filter(
          (it) => it.variable === variable && !/different modes/.test(it.problem),
        );
        expect(complaints).toEqual([]);
      }
  });
});

function read(environment: Record<string, string | undefined>) {
  const configuration = Configuration.read(CLASSES, environment);
  return { platform: configuration.of(PlatformConfig), payments: configuration.of(PaymentsConfig) };
}

function problemsOf(environment: Record<string, string | undefined>) {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
