import { IsEmail, IsOptional, IsUrl, Matches } from 'class-validator';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { IsKeptDays } from '../platform/configuration/kept-days.js';
import { Variable } from '../platform/configuration/variable.js';

const DEVELOPMENT_SENDER = 'bursar@school.example';

/** What notifications read from the environment. */
export class NotificationsConfig implements CrossChecked {
  @Variable({
    meaning:
      'mail server: `smtps://` (TLS) or `smtp://` (STARTTLS, demanded in production); `off` tells nobody anything',
    defaultShown: 'unset: the local inbox at `/dev/inbox`, in development only',
    example: 'smtps://user:secret@mail.example.edu:465',
    secret: true,
  })
  @IsOptional()
  @Matches(/^(off|smtps?:\/\/[^\s/]+\/?)$/, { message: 'must be an smtp:// or smtps:// URL, or off' })
  SMTP_URL?: string;

  @Variable({ meaning: 'who mail comes from', example: 'bursar@example.edu' })
  @IsEmail()
  MAIL_FROM = DEVELOPMENT_SENDER;

  @Variable({
    meaning: "address of the payer's page, for links in mail",
    example: 'https://pay.example.edu',
  })
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  PAGE_URL = 'http://127.0.0.1:3000';

  @Variable({ meaning: 'days that notices to payers are kept after they were sent', example: '90' })
  @IsKeptDays({ min: 30 })
  NOTICES_KEPT_DAYS = 400;

  get goesTo(): 'smtp' | 'inbox' | 'nobody' {
    if (this.SMTP_URL === 'off') return 'nobody';
    return this.SMTP_URL ? 'smtp' : 'inbox';
  }

  /** A place of the page, as an absolute address. */
  addressOf(place: string): string {
    return `${this.PAGE_URL.replace(/\/$/, '')}/#${place}`;
  }

  contradictions(isProduction: boolean): Record<string, string> {
    if (!isProduction || this.goesTo === 'nobody') return {};
    const wrong: Record<string, string> = {};
    if (!this.SMTP_URL)
      wrong['SMTP_URL'] =
        'is unset, which keeps mail in an inbox for development; name a mail server, or say off';
    if (this.MAIL_FROM === DEVELOPMENT_SENDER) wrong['MAIL_FROM'] = 'is required in production';
    if (!this.PAGE_URL.startsWith('https://')) wrong['PAGE_URL'] = 'must be https in production';
    return wrong;
  }
}
