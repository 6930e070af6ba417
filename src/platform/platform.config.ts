import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min, ValidateIf } from 'class-validator';
import { AreAddressRanges } from './configuration/address-range.js';
import { holdsCertificate, NO_CERTIFICATE, wrongCertificate } from './configuration/certificate.js';
import { CommaList } from './configuration/comma-list.js';
import type { CrossChecked } from './configuration/configuration.js';
import { httpUrl } from './configuration/http-url.js';
import { IsPortNumber } from './configuration/port-number.js';
import { IsPostgresUrl, wrongInProduction } from './configuration/postgres-url.js';
import { Variable } from './configuration/variable.js';
import { IsWholeNumber } from './configuration/whole-number.js';

/** More than one process answers in a minute: as good as no limit. */
const REQUESTS_MAX = 1_000_000;

/** What every program of Tokenkeep reads, whatever modules it runs. */
export class PlatformConfig implements CrossChecked {
  @Variable({
    meaning: '`production` refuses everything that is only for development',
    example: 'production',
  })
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @Variable({ meaning: 'port of the application', example: '3000' })
  @IsPortNumber()
  PORT = 3000;

  @Variable({ meaning: 'address to listen on; `0.0.0.0` inside a container', example: '0.0.0.0' })
  @IsString()
  HOST = '127.0.0.1';

  @Variable({
    meaning: "the application's PostgreSQL (15 or newer); `embedded` starts one of our own",
    example: 'postgres://app:secret@db.example:5432/tokenkeep',
    secret: true,
  })
  @IsPostgresUrl({ embedded: true })
  DATABASE_URL = 'embedded';

  @Variable({ meaning: 'most connections of one process to one database', example: '10' })
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(200)
  DATABASE_POOL_MAX = 10;

  @Variable({
    meaning: '`on` applies pending migrations at the start; `off` refuses to start while some are pending',
    example: 'off',
  })
  @IsIn(['on', 'off'])
  MIGRATE_ON_START: 'on' | 'off' = 'on';

  @Variable({ meaning: 'folder of embedded databases and development keys', example: '.tokenkeep' })
  @IsString()
  DATA_FOLDER = '.tokenkeep';

  @Variable({
    meaning: 'port of the embedded PostgreSQL',
    defaultShown: 'unset: a free one',
    example: '54320',
  })
  @IsOptional()
  @IsPortNumber({ min: 1 })
  EMBEDDED_POSTGRES_PORT?: number;

  @Variable({ meaning: 'least severe log line that is written', example: 'debug' })
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';

  @Variable({
    meaning: '`on`: serve and work; `off`: serve HTTP only; `only`: background work only',
    example: 'off',
  })
  @IsIn(['on', 'off', 'only'])
  WORKERS: 'on' | 'off' | 'only' = 'on';

  @Variable({
    meaning: 'OpenID Connect issuer of bearer tokens',
    defaultShown: 'unset: development tokens',
    example: 'https://login.example.edu',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  AUTH_ISSUER?: string;

  @Variable({
    meaning: 'audience that a bearer token must name',
    defaultShown: 'unset: required with AUTH_ISSUER',
    example: 'https://pay.example.edu',
  })
  @ValidateIf((config: PlatformConfig) => config.AUTH_ISSUER !== undefined)
  @IsString({
    message: 'is required when AUTH_ISSUER is set: a token for another service must not open this one',
  })
  AUTH_AUDIENCE?: string;

  @Variable({ meaning: "claim of a bearer token that holds the payer's id", example: 'payer_id' })
  @IsString()
  AUTH_PAYER_CLAIM = 'payer_id';

  @Variable({ meaning: 'claim of a bearer token that holds the roles: one name or a list', example: 'roles' })
  @IsString()
  AUTH_ROLES_CLAIM = 'roles';

  @Variable({
    meaning: 'authentication context (`acr`) that a fresh sign-in must have before money leaves',
    defaultShown: 'unset: any',
    example: 'urn:example:mfa',
  })
  @IsOptional()
  @IsString()
  AUTH_STEP_UP_ACR?: string;

  @Variable({
    meaning:
      'certificate that this program serves HTTPS with (PEM, with its chain); read again when it changes',
    defaultShown: 'unset: plain HTTP',
    example: '/etc/tokenkeep/tls.crt',
  })
  @IsOptional()
  @IsString()
  TLS_CERT_FILE?: string;

  @Variable({
    meaning: 'private key of TLS_CERT_FILE (PEM)',
    defaultShown: 'unset: plain HTTP',
    example: '/etc/tokenkeep/tls.key',
  })
  @IsOptional()
  @IsString()
  TLS_KEY_FILE?: string;

  @Variable({
    meaning:
      'where only other servers call: certificates that vouch for them (PEM), read again when they change; whoever shows none reaches webhooks and probes only',
    defaultShown: 'unset: no certificate is asked for',
    example: '/etc/tokenkeep/link-ca.crt',
  })
  @IsOptional()
  @IsString()
  TLS_CLIENT_CA_FILE?: string;

  @Variable({
    meaning:
      'addresses and ranges of the proxies in front, as a comma list: only they are believed who calls, and that it was by https',
    defaultShown: 'unset: nobody is believed',
    example: '10.0.3.4, 10.0.4.0/24',
  })
  @CommaList()
  @AreAddressRanges()
  TRUSTED_PROXIES: string[] = [];

  @Variable({
    meaning: 'origins whose pages may call the API from a browser, as a comma list',
    defaultShown: 'unset: none but our own page',
    example: 'https://portal.example.edu',
  })
  @CommaList()
  @Matches(/^https?:\/\/[a-z0-9.-]+(:\d+)?$/, {
    each: true,
    message: 'must each be an origin, in small letters and without a path: https://portal.example.edu',
  })
  CORS_ORIGINS: string[] = [];

  @Variable({
    meaning:
      'requests per minute from one address (of IPv6, one network), over all instances: a campus behind one address, and an end to floods. Events of gateways count only when they are refused',
    example: '6000',
  })
  @IsWholeNumber({ min: 1, max: REQUESTS_MAX })
  RATE_LIMIT_PER_ADDRESS = 3_000;

  @Variable({
    meaning:
      'requests per minute of one person, over all instances: five in a second, where a page asks for ten things at once every few seconds',
    example: '600',
  })
  @IsWholeNumber({ min: 1, max: REQUESTS_MAX })
  RATE_LIMIT_PER_PERSON = 300;

  @Variable({
    meaning:
      'requests per minute of one caller with the role `service`, over all instances: a hundred in a second, so that a night run is done by morning',
    example: '12000',
  })
  @IsWholeNumber({ min: 1, max: REQUESTS_MAX })
  RATE_LIMIT_PER_SERVICE = 6_000;

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  contradictions(isProduction: boolean): Record<string, string> {
    return { ...this.wrongTls(), ...(isProduction && this.refusedInProduction()) };
  }

  private wrongTls(): Record<string, string> {
    const { TLS_CLIENT_CA_FILE: clientCa } = this;
    if (clientCa && !this.TLS_CERT_FILE)
      return {
        TLS_CERT_FILE: 'is unset, and TLS_CLIENT_CA_FILE is not: without TLS nobody shows a certificate',
      };
    if (clientCa && !holdsCertificate(clientCa)) return { TLS_CLIENT_CA_FILE: NO_CERTIFICATE(clientCa) };
    if (this.TLS_CERT_FILE && this.TLS_KEY_FILE)
      return wrongCertificate(this.TLS_CERT_FILE, this.TLS_KEY_FILE);
    if (this.TLS_CERT_FILE) return { TLS_KEY_FILE: 'is unset, and TLS_CERT_FILE is not' };
    if (this.TLS_KEY_FILE) return { TLS_CERT_FILE: 'is unset, and TLS_KEY_FILE is not' };
    return {};
  }

  private refusedInProduction(): Record<string, string> {
    const refused: Record<string, string> = {};
    const problem = wrongInProduction(this.DATABASE_URL);
    if (problem) refused['DATABASE_URL'] = problem;
    if (!this.AUTH_ISSUER)
      refused['AUTH_ISSUER'] =
        'is unset, which would open the development token route; production needs a real issuer';
    if (!this.TLS_CERT_FILE && this.TRUSTED_PROXIES.length === 0) {
      refused['TLS_CERT_FILE'] =
        'is unset, and so is TRUSTED_PROXIES: production needs https, here or in front';
      refused['TRUSTED_PROXIES'] =
        'is unset, and so is TLS_CERT_FILE: production needs https, here or in front';
    }
    const insecure = this.CORS_ORIGINS.filter((origin) => !origin.startsWith('https://'));
    if (insecure.length > 0)
      refused['CORS_ORIGINS'] = `must all be https in production; ${insecure.join(', ')} is not`;
    return refused;
  }
}
