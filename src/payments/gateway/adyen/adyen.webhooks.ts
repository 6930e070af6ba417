import { timingSafeEqual } from 'node:crypto';
import adyen from '@adyen/api-library';
import type { AdyenConfig } from '../adyen.config.js';
import type { GatewayEvent, HeardEvent } from '../gateway.js';
import { askedBy, isOurId } from './adyen.references.js';
import { tokenOf } from './adyen.methods.js';

/** One piece of news. https://docs.adyen.com/development-resources/webhooks/webhook-types */
export interface NewsItem {
  eventCode: string;
  /** As text: `true` or `false`. */
  success: string;
  pspReference: string;
  originalReference?: string;
  merchantReference: string;
  merchantAccountCode: string;
  /** When it happened, as it says; not signed. */
  eventDate: string;
  amount: { value: number; currency: string };
  reason?: string;
  /** A card's brand, or the way that the money is taken. */
  paymentMethod?: string;
  additionalData?: Record<string, string>;
}

interface TokenEvent {
  eventId: string;
  type: string;
  environment: string;
  data: { merchantAccount: string; shopperReference: string; storedPaymentMethodId: string };
}

type Headers = Record<string, string | string[] | undefined>;

/**
 * The events, when the sender knows our credentials and one of our keys signed each of them; else null. They bear no time
 * under the signature. https://docs.adyen.com/development-resources/webhooks/secure-webhooks
 */
export function verifiedEvents(
  rawBody: Buffer,
  headers: Headers,
  settings: AdyenConfig,
): HeardEvent[] | null {
  if (!knowsCredentials(headers['authorization'], settings.ADYEN_WEBHOOK_CREDENTIALS)) return null;
  try {
    const body = JSON.parse(rawBody.toString('utf8')) as
      TokenEvent | { live?: string; notificationItems?: unknown };
    return 'notificationItems' in body
      ? standard(body, settings)
      : ofToken(rawBody, body as TokenEvent, headers, settings);
  } catch {
    return null; // rightly addressed, and no event
  }
}

/** Signed one by one, over eight of their fields. */
function standard(
  { live, notificationItems }: { live?: string; notificationItems?: unknown },
  { ADYEN_HMAC_KEYS, ADYEN_ENVIRONMENT, ADYEN_MERCHANT_ACCOUNT }: AdyenConfig,
): HeardEvent[] | null {
  if (live !== String(ADYEN_ENVIRONMENT === 'live')) return null;
  const items = (notificationItems as { NotificationRequestItem: NewsItem }[]).map(
    (it) => it.NotificationRequestItem,
  );
  const validator = new adyen.hmacValidator();
  const isOurs = (item: NewsItem) =>
    item.merchantAccountCode === ADYEN_MERCHANT_ACCOUNT &&
    ADYEN_HMAC_KEYS.some((key) =>
      validator.validateHMAC(item as unknown as Parameters<typeof validator.validateHMAC>[0], key),
    );
  if (items.length === 0 || !items.every(isOurs)) return null;
  return items.map((item) => ({ event: eventOf(item), body: Buffer.from(JSON.stringify(kept(item))) }));
}

/**
 * Of what comes along with news, by how an account is set up, this is read, and nothing else is kept: among the rest may be whole
 * bank account numbers. https://docs.adyen.com/api-explorer/Webhooks/1/post/AUTHORISATION
 */
const READ = [
  'chargebackReasonCode',
  'defendable',
  'defensePeriodEndsAt',
  'disputeStatus',
  'modification.action',
];
/** Whose it is, of what was saved alone: news of payments outlives a payer who is erased. */
const READ_OF_SETUPS = ['tokenization.storedPaymentMethodId', 'tokenization.shopperReference'];

function kept({ additionalData = {}, ...item }: NewsItem): NewsItem {
  const names = isOurId(item.merchantReference) ? READ_OF_SETUPS : READ;
  const read = Object.entries(additionalData).filter(([name]) => names.includes(name));
  return { ...item, additionalData: Object.fromEntries(read) };
}

/** Signed as a whole, in a header. https://docs.adyen.com/online-payments/tokenization/create-tokens#webhooks */
function ofToken(
  rawBody: Buffer,
  event: TokenEvent,
  headers: Headers,
  settings: AdyenConfig,
): HeardEvent[] | null {
  const signature = headers['hmacsignature'];
  const validator = new adyen.hmacValidator();
  const isSigned =
    typeof signature === 'string' &&
    settings.ADYEN_HMAC_KEYS.some((key) =>
      validator.validateHMACSignature(key, signature, rawBody.toString('utf8')),
    );
  if (!event.type.startsWith('recurring.token.')) return null; // a notice of change has a whole account number in it
  const { merchantAccount, shopperReference, storedPaymentMethodId } = event.data;
  if (!isSigned || merchantAccount !== settings.ADYEN_MERCHANT_ACCOUNT) return null;
  if (event.environment !== settings.ADYEN_ENVIRONMENT) return null;
  const isByNetwork = event.type === 'recurring.token.updated';
  const told: GatewayEvent = {
    providerEventId: event.eventId,
    account: merchantAccount,
    type: event.type,
    subject: {
      kind: 'method',
      providerId: tokenOf(shopperReference, storedPaymentMethodId),
      ...(isByNetwork && { isByNetwork }),
    },
  };
  return [{ event: told, body: rawBody }];
}

/** News has no id of its own: the same code about the same thing is the same news, of a dispute with the same status. */
function eventOf(item: NewsItem): GatewayEvent {
  const { eventCode, pspReference, success, additionalData } = item;
  const status = OF_DISPUTES.test(eventCode) && additionalData?.['disputeStatus'];
  return {
    providerEventId: [eventCode, pspReference, success, ...(status ? [status] : [])].join(':'),
    account: item.merchantAccountCode,
    type: item.eventCode,
    subject: keptFor(subjectOf(item)),
  };
}

/** Adyen tells this once, and can be asked of none of it. */
function keptFor(subject: GatewayEvent['subject']): GatewayEvent['subject'] {
  return subject && { ...subject, isToldOnce: true };
}

const OF_PAYMENTS = new Set([
  'AUTHORISATION',
  'CAPTURE',
  'CAPTURE_FAILED',
  'CANCELLATION',
  'TECHNICAL_CANCEL',
  'EXPIRE',
  'CANCEL_OR_REFUND',
]);
const OF_REFUNDS = new Set(['REFUND', 'REFUND_FAILED', 'REFUNDED_REVERSED']);
const OF_DISPUTES =
  /^(REQUEST_FOR_INFORMATION|NOTIFICATION_OF_CHARGEBACK|CHARGEBACK|CHARGEBACK_REVERSED|SECOND_CHARGEBACK|INFORMATION_SUPPLIED|DISPUTE_DEFENSE_PERIOD_ENDED|ISSUER_RESPONSE_TIMEFRAME_EXPIRED|PREARBITRATION_\w+|SCHEME_ARBITRATION(_\w+)?)$/;

function subjectOf(item: NewsItem): GatewayEvent['subject'] {
  const { eventCode, merchantReference, pspReference } = item;
  if (eventCode === 'CANCEL_OR_REFUND' && askedBy(merchantReference) && !isCancelled(item))
    return item.success === 'true' ? { kind: 'refund', providerId: pspReference } : null;
  if (OF_PAYMENTS.has(eventCode)) {
    if (askedBy(merchantReference)) return { kind: 'payment', providerId: merchantReference };
    if (!isOurId(merchantReference)) return null;
    return { kind: 'setup', providerId: merchantReference, setupIntentId: merchantReference };
  }
  if (OF_REFUNDS.has(eventCode)) return { kind: 'refund', providerId: pspReference };
  if (OF_DISPUTES.test(eventCode)) return { kind: 'dispute', providerId: pspReference };
  return eventCode === 'NOTIFICATION_OF_FRAUD' ? { kind: 'fraud_warning', providerId: pspReference } : null;
}

/** A reversal ends what is held, or gives back what was taken, and says which. https://docs.adyen.com/online-payments/reversal */
export function isCancelled({ additionalData = {} }: NewsItem): boolean {
  return additionalData['modification.action'] === 'cancel';
}

function knowsCredentials(
  authorization: string | string[] | undefined,
  credentials: readonly string[],
): boolean {
  const [scheme, given] = typeof authorization === 'string' ? authorization.split(' ') : [];
  if (scheme !== 'Basic' || !given) return false;
  const sent = Buffer.from(given, 'base64');
  return credentials.some((known) => {
    const expected = Buffer.from(known);
    return expected.length === sent.length && timingSafeEqual(expected, sent);
  });
}
