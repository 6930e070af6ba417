import { IsOptional, IsUrl, Matches } from 'class-validator';
import { AreAddressRanges } from '../platform/configuration/address-range.js';
import { CommaList } from '../platform/configuration/comma-list.js';
import { Variable } from '../platform/configuration/variable.js';

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
/** Standard Webhooks: 24 to 64 bytes in base64, behind a prefix. */
export const EVENT_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
export const EVENT_SECRET_MESSAGE = 'must each be whsec_ and 24 to 64 bytes in base64';

/** What payments read from the environment about whom they tell of events. */
export class PaymentEventsConfig {
  @Variable({
    meaning: 'where payments run alone: the address at which the application takes events',
    defaultShown: 'unset: the application runs in the same process',
    example: 'https://tokenkeep-app.internal:3000/v1/payments-events',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  PAYMENTS_EVENTS_URL?: string;

  @Variable({
    meaning:
      'secrets that sign events between payments and the application, the same on both sides, as a comma list: all of them sign, and any is believed',
    defaultShown: 'unset: needed with PAYMENTS_EVENTS_URL',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    ...{ secret: true, followed: true },
  })
  @CommaList()
  @Matches(EVENT_SECRET, { each: true, message: EVENT_SECRET_MESSAGE })
  PAYMENTS_EVENTS_SECRETS: string[] = [];

  @Variable({
    meaning: 'private addresses and ranges that event endpoints may have, as a comma list',
    defaultShown: 'unset: public addresses only',
    example: '10.0.7.0/24',
  })
  @CommaList()
  @AreAddressRanges()
  EVENT_ENDPOINTS_PRIVATE_RANGES: string[] = [];

  /** Variables that are wrong in combination. */
  protected wrongEvents(isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    if (this.PAYMENTS_EVENTS_URL && this.PAYMENTS_EVENTS_SECRETS.length === 0)
      wrong['PAYMENTS_EVENTS_SECRETS'] =
        'is unset, and PAYMENTS_EVENTS_URL is not: the application would believe nobody';
    if (isProduction && this.PAYMENTS_EVENTS_URL?.startsWith('http:'))
      wrong['PAYMENTS_EVENTS_URL'] = 'must begin with https:// in production';
    return wrong;
  }
}
