import { IsOptional, IsString, IsUrl, Matches } from 'class-validator';
import { holdsCertificate, NO_CERTIFICATE, wrongCertificate } from '../platform/configuration/certificate.js';
import { IsListOfNamedKeys } from '../platform/configuration/comma-list.js';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { ED25519_KEY_PATTERN } from '../platform/configuration/ed25519-keys.js';
import { httpUrl } from '../platform/configuration/http-url.js';
import { Variable } from '../platform/configuration/variable.js';
import { IsWholeNumber } from '../platform/configuration/whole-number.js';
import { EventSecrets } from './payments.events.config.js';
import { PaymentsConfig } from './payments.config.js';

const ORIGIN = /^https?:\/\/[^/\s?#@]+$/;
/** Where `npm start` listens. */
const DEVELOPMENT_EVENTS_URL = 'http://127.0.0.1:3000/link/v1/events';
const NO_EVENT_SECRETS =
  'is unset; production needs one, on both sides: echo whsec_$(openssl rand -base64 32)';

/** What the application reads where payments run in a process of their own; then it reads nothing of `PaymentsConfig`. */
export class PaymentsLinkConfig implements CrossChecked {
  static readonly standsInFor = { type: PaymentsConfig, where: 'PAYMENTS_URL' };

  @Variable({
    meaning:
      'where payments run alone; the application then holds none of their keys, and no database of theirs',
    defaultShown: 'unset: payments run in the application',
    example: 'https://payments.example.edu:3001',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  @Matches(ORIGIN, { message: 'must be an origin, without a path: https://payments.example.edu:3001' })
  PAYMENTS_URL?: string;

  @Variable({
    meaning:
      "Ed25519 key, as name:key, that signs the application's tokens for payments; `keys new-link` makes one",
    defaultShown: 'unset: one made in the data folder, in development only',
    example: '2027-01:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=',
    secret: true,
    followed: true,
  })
  @IsOptional()
  @Matches(ED25519_KEY_PATTERN, {
    message: 'must be a name of small letters, digits and hyphens, a colon, and 32 bytes in base64',
  })
  PAYMENTS_LINK_SIGNING_KEY?: string;

  @Variable({
    meaning:
      'longest wait for payments to answer a charge, in milliseconds: a charge asks a gateway twice, which may take its time',
    example: '30000',
  })
  @IsWholeNumber({ min: 1_000, max: 300_000 })
  PAYMENTS_LINK_TIMEOUT_MS = 60_000;

  @Variable({
    meaning: '`on` leaves payments alone for 2 s when half of at least 10 calls in 10 s got no answer',
    example: 'off',
  })
  @Matches(/^(on|off)$/, { message: 'must be on or off' })
  PAYMENTS_LINK_BREAKER: 'on' | 'off' = 'on';

  @Variable({
    meaning: 'certificate that the application shows to payments (PEM); read again when it changes',
    defaultShown: 'unset: none is shown',
    example: '/etc/tokenkeep/link.crt',
  })
  @IsOptional()
  @IsString()
  PAYMENTS_LINK_CERT_FILE?: string;

  @Variable({
    meaning: 'private key of PAYMENTS_LINK_CERT_FILE (PEM)',
    defaultShown: 'unset: none is shown',
    example: '/etc/tokenkeep/link.key',
  })
  @IsOptional()
  @IsString()
  PAYMENTS_LINK_CERT_KEY_FILE?: string;

  @Variable({
    meaning: 'certificates that vouch for the one of PAYMENTS_URL (PEM); read again when they change',
    defaultShown: 'unset: those that Node trusts',
    example: '/etc/tokenkeep/link-ca.crt',
  })
  @IsOptional()
  @IsString()
  PAYMENTS_LINK_CA_FILE?: string;

  @EventSecrets()
  PAYMENTS_EVENTS_SECRETS: string[] = [];

  contradictions(isProduction: boolean): Record<string, string> {
    const { PAYMENTS_URL: url } = this;
    if (!url) return {};
    const wrong = this.wrongFiles();
    if (Boolean(this.PAYMENTS_LINK_CERT_FILE) !== Boolean(this.PAYMENTS_LINK_CERT_KEY_FILE))
      wrong['PAYMENTS_LINK_CERT_KEY_FILE'] = 'and PAYMENTS_LINK_CERT_FILE go together: one of them is unset';
    if (this.PAYMENTS_LINK_CERT_FILE && !url.startsWith('https://'))
      wrong['PAYMENTS_LINK_CERT_FILE'] = 'needs a PAYMENTS_URL that begins with https://';
    if (isProduction && !url.startsWith('https://'))
      wrong['PAYMENTS_URL'] = 'must be https in production: tokens of payers pass there';
    if (isProduction && !this.PAYMENTS_LINK_SIGNING_KEY)
      wrong['PAYMENTS_LINK_SIGNING_KEY'] = 'is unset; production needs a key: npm run cli -- keys new-link';
    if (isProduction && this.PAYMENTS_EVENTS_SECRETS.length === 0)
      wrong['PAYMENTS_EVENTS_SECRETS'] = NO_EVENT_SECRETS;
    return wrong;
  }

  private wrongFiles(): Record<string, string> {
    const {
      PAYMENTS_LINK_CERT_FILE: cert,
      PAYMENTS_LINK_CERT_KEY_FILE: key,
      PAYMENTS_LINK_CA_FILE: ca,
    } = this;
    const wrong: Record<string, string> = {};
    if (ca && !holdsCertificate(ca)) wrong['PAYMENTS_LINK_CA_FILE'] = NO_CERTIFICATE(ca);
    if (cert && key)
      for (const [name, problem] of Object.entries(wrongCertificate(cert, key)))
        wrong[name === 'TLS_CERT_FILE' ? 'PAYMENTS_LINK_CERT_FILE' : 'PAYMENTS_LINK_CERT_KEY_FILE'] = problem;
    return wrong;
  }
}

/** What payments read where they run alone and an application calls them. */
export class PaymentsAloneConfig extends PaymentsConfig {
  @Variable({
    meaning:
      'where payments run alone: public keys of the application, as a comma list of name:key; while keys are exchanged, two',
    defaultShown: "unset: that of the application's key in the data folder, in development only",
    example: '2027-01:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    followed: true,
  })
  @IsListOfNamedKeys(ED25519_KEY_PATTERN)
  PAYMENTS_LINK_PUBLIC_KEYS?: string[];

  @Variable({
    meaning: 'where payments run alone: the address at which the application takes events',
    example: 'https://tokenkeep.internal:3000/link/v1/events',
  })
  @IsUrl(httpUrl)
  PAYMENTS_EVENTS_URL = DEVELOPMENT_EVENTS_URL;

  @Variable({
    meaning:
      'where payments run alone: certificates that vouch for the one of PAYMENTS_EVENTS_URL (PEM); read again when they change',
    defaultShown: 'unset: those that Node trusts',
    example: '/etc/tokenkeep/events-ca.crt',
  })
  @IsOptional()
  @IsString()
  PAYMENTS_EVENTS_CA_FILE?: string;

  @EventSecrets()
  PAYMENTS_EVENTS_SECRETS: string[] = [];

  override contradictions(isProduction: boolean): Record<string, string> {
    const wrong = super.contradictions(isProduction);
    const { PAYMENTS_EVENTS_CA_FILE: ca } = this;
    if (ca && !holdsCertificate(ca)) wrong['PAYMENTS_EVENTS_CA_FILE'] = NO_CERTIFICATE(ca);
    if (isProduction && !this.PAYMENTS_DATABASE_URL)
      wrong['PAYMENTS_DATABASE_URL'] = 'is unset; payments alone need a database of their own in production';
    if (isProduction && !this.PAYMENTS_LINK_PUBLIC_KEYS)
      wrong['PAYMENTS_LINK_PUBLIC_KEYS'] =
        "is unset; production needs the application's public key: npm run cli -- keys new-link";
    if (isProduction && !this.PAYMENTS_EVENTS_URL.startsWith('https://'))
      wrong['PAYMENTS_EVENTS_URL'] = 'must be the https address of your application in production';
    if (isProduction && this.PAYMENTS_EVENTS_SECRETS.length === 0)
      wrong['PAYMENTS_EVENTS_SECRETS'] = NO_EVENT_SECRETS;
    return wrong;
  }
}
