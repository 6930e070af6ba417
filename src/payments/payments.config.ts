import { IsIn, IsOptional, IsString, IsUrl } from 'class-validator';
import { AreAddressRanges } from '../platform/configuration/address-range.js';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { CommaList, IsListOfNamedKeys } from '../platform/configuration/comma-list.js';
import { httpUrl } from '../platform/configuration/http-url.js';
import { IsKeptDays } from '../platform/configuration/kept-days.js';
import { IsPortNumber } from '../platform/configuration/port-number.js';
import { IsPostgresUrl } from '../platform/configuration/postgres-url.js';
import { IsWholeNumber } from '../platform/configuration/whole-number.js';
import { Part, Variable } from '../platform/configuration/variable.js';
import { AUDIT_KEY_PATTERN } from './audit/audit-keys.js';
import { ISOLATION_MINIMA } from './database/isolation-level.js';
import { TOKEN_KEY_PATTERN } from './database/token-keys.js';
import { GatewayConfig } from './gateway/gateway.config.js';
import { missingInProduction, wrongDatabases } from './payments.production.js';
import { AreRefundLimits, wrongRefundLimits } from './refund/refund-limits.js';

/** What payments read from the environment. */
export class PaymentsConfig implements CrossChecked {
  static readonly secretsFile = '.env.payments';

  @Part(GatewayConfig)
  gateway = new GatewayConfig();

  @Variable({
    meaning: 'private addresses and ranges that event endpoints may have, as a comma list',
    defaultShown: 'unset: public addresses only',
    example: '10.0.7.0/24',
  })
  @CommaList()
  @AreAddressRanges()
  EVENT_ENDPOINTS_PRIVATE_RANGES: string[] = [];

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
    secret: true,
    followed: true,
  })
  @IsListOfNamedKeys(TOKEN_KEY_PATTERN)
  PAYMENTS_TOKEN_KEYS?: string[];

  @Variable({
    meaning:
      'Ed25519 keys that sign the audit log, as a comma list of name:key, the newest first; `audit new-key` makes one',
    defaultShown: 'unset: one made in the data folder, in development only',
    example: '2027-01:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=',
    secret: true,
    followed: true,
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

  contradictions(isProduction: boolean): Record<string, string> {
    const wrong = {
      ...this.gateway.contradictions(isProduction),
      ...wrongRefundLimits(this.REFUND_APPROVAL_ABOVE),
    };
    if (!isProduction) return wrong;
    Object.assign(wrong, wrongDatabases(this), missingInProduction(this));
    const insecure = this.RETURN_URL_ORIGINS.filter((origin) => !origin.startsWith('https://'));
    if (insecure.length > 0)
      wrong['RETURN_URL_ORIGINS'] = `must all be https in production; ${insecure.join(', ')} is not`;
    return wrong;
  }
}
