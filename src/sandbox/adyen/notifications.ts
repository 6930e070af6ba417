import { createHmac } from 'node:crypto';
import type { Account } from '../state/account.js';
import type {
  Event,
  PaymentIntent,
  PaymentMethod,
  SetupIntent,
  WebhookEndpoint,
} from '../state/resources.js';
import type { Dispute, EarlyFraudWarning, Refund } from '../state/resources-money.js';
import { refusalOf, returnCodeOf } from './refusals.js';
import { pspOf, MERCHANT_ACCOUNT, shopperOf, variantOf, type Modification } from './names.js';
import { TOKEN_EVENTS, tokenEvent } from './token-events.js';

interface Item {
  eventCode: string;
  success: boolean;
  pspReference: string;
  originalReference?: string;
  merchantReference: string;
  amount: { value: number; currency: string };
  reason?: string;
  paymentMethod?: string;
  additionalData?: Record<string, string>;
}

export interface Notification {
  payload: string;
  headers: Record<string, string>;
}

/** What Adyen tells of what happens in the ledger, by the event that the ledger knows it by. */
const STANDARD: Record<string, (account: Account, object: never) => Item | null> = {
  'payment_intent.succeeded': (_, intent: PaymentIntent) =>
    intent.capture_method === 'manual' ? capture(intent) : authorisation(intent, true),
  'payment_intent.amount_capturable_updated': (_, intent: PaymentIntent) => authorisation(intent, true),
  'payment_intent.payment_failed': (_, intent: PaymentIntent) => authorisation(intent, false),
  'payment_intent.canceled': (_, intent: PaymentIntent) => cancellation(intent),
  'setup_intent.succeeded': (account, setup: SetupIntent) => stored(account, setup),
  'setup_intent.setup_failed': (account, setup: SetupIntent) => notStored(account, setup),
  'refund.created': (_, refund: Refund) =>
    refund.status === 'succeeded' ? refunded(refund, 'REFUND') : null,
  'refund.updated': (_, refund: Refund) =>
    refund.status === 'succeeded' ? refunded(refund, 'REFUND') : null,
  'refund.failed': (_, refund: Refund) => refunded(refund, 'REFUND_FAILED'),
  'adyen.modification_refused': (_, refused: Modification) => refusedModification(refused),
  'charge.dispute.created': (account, dispute: Dispute) =>
    disputed(account, dispute, isInquiry(dispute) ? 'REQUEST_FOR_INFORMATION' : 'NOTIFICATION_OF_CHARGEBACK'),
  'charge.dispute.funds_withdrawn': (account, dispute: Dispute) => disputed(account, dispute, 'CHARGEBACK'),
  'charge.dispute.updated': (account, dispute: Dispute) =>
    dispute.status.endsWith('under_review') ? disputed(account, dispute, 'INFORMATION_SUPPLIED') : null,
  'charge.dispute.funds_reinstated': (account, dispute: Dispute) =>
    disputed(account, dispute, 'CHARGEBACK_REVERSED'),
  'charge.dispute.closed': (account, dispute: Dispute) => closed(account, dispute),
  'radar.early_fraud_warning.created': (account, warning: EarlyFraudWarning) => fraud(account, warning),
};

export const TOLD_BY_ADYEN = [...Object.keys(STANDARD), ...Object.keys(TOKEN_EVENTS)];

/** The bytes and headers of one delivery; null for what Adyen says nothing of. */
export function notificationOf(
  account: Account,
  event: Event,
  { sandbox: { secret, adyen } }: WebhookEndpoint,
): Notification | null {
  const basic = Buffer.from(`${adyen!.username}:${adyen!.password}`).toString('base64');
  const headers = { authorization: `Basic ${basic}` };
  if (event.type in TOKEN_EVENTS) {
    const payload = JSON.stringify(tokenEvent(account, event));
    return {
      payload,
      headers: { ...headers, protocol: 'HmacSHA256', hmacsignature: signed(payload, secret) },
    };
  }
  const item = STANDARD[event.type]?.(account, event.data.object as never);
  if (!item) return null;
  const shown = {
    ...item,
    success: String(item.success),
    eventDate: new Date(event.created * 1000).toISOString(),
    merchantAccountCode: MERCHANT_ACCOUNT,
    reason: item.reason ?? '',
  };
  const additionalData = { ...item.additionalData, hmacSignature: signed(signedFields(shown), secret) };
  const NotificationRequestItem = { ...shown, additionalData };
  return {
    payload: JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem }] }),
    headers,
  };
}

/** https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures */
function signedFields(
  item: Omit<Item, 'success'> & { success: string; merchantAccountCode: string },
): string {
  const { pspReference, originalReference = '', merchantAccountCode, merchantReference, amount } = item;
  const money = [amount.value, amount.currency];
  return [
    pspReference,
    originalReference,
    merchantAccountCode,
    merchantReference,
    ...money,
    item.eventCode,
    item.success,
  ].join(':');
}

function signed(text: string, hexKey: string): string {
  return createHmac('sha256', Buffer.from(hexKey, 'hex')).update(text).digest('base64');
}

function authorisation(intent: PaymentIntent, success: boolean): Item {
  const refusal = success ? undefined : refusalOf(intent.last_payment_error);
  return {
    eventCode: 'AUTHORISATION',
    success,
    pspReference: pspOf(intent.id),
    merchantReference: referenceOf(intent),
    amount: amountOf(intent),
    ...(refusal && {
      reason: refusal.refusalReason,
      additionalData: { refusalReasonRaw: refusal.raw },
    }),
  };
}

function capture(intent: PaymentIntent): Item {
  return {
    eventCode: 'CAPTURE',
    success: true,
    pspReference: pspOf(`${intent.id}:capture`),
    originalReference: pspOf(intent.id),
    merchantReference: referenceOf(intent),
    amount: { ...amountOf(intent), value: intent.amount_received },
  };
}

function cancellation(intent: PaymentIntent): Item {
  const { cancellation_reason: why } = intent;
  const eventCode =
    why === 'automatic' ? 'EXPIRE' : why === 'abandoned' ? 'TECHNICAL_CANCEL' : 'CANCELLATION';
  return {
    eventCode,
    success: true,
    pspReference: pspOf(`${intent.id}:cancel`),
    originalReference: pspOf(intent.id),
    merchantReference: referenceOf(intent),
    amount: amountOf(intent),
  };
}

function stored(account: Account, setup: SetupIntent): Item {
  const method = account.find('payment_method', setup.payment_method ?? '');
  return {
    eventCode: 'AUTHORISATION',
    success: true,
    pspReference: pspOf(setup.id),
    merchantReference: setup.metadata['reference'] ?? '',
    amount: { value: 0, currency: 'USD' },
    paymentMethod: variantOf(method),
    additionalData: {
      'tokenization.storedPaymentMethodId': pspOf(setup.payment_method ?? ''),
      'tokenization.shopperReference': shopperOf(account, setup.customer),
      'tokenization.store.operationType': account.find('setup_intent', setup.id)?.sandbox.stored ?? 'created',
    },
  };
}

function notStored(account: Account, setup: SetupIntent): Item {
  const { refusalReason, raw } = refusalOf(setup.last_setup_error);
  return {
    ...stored(account, setup),
    success: false,
    reason: refusalReason,
    additionalData: { refusalReasonRaw: raw },
  };
}

function refunded(refund: Refund, eventCode: string): Item {
  return {
    eventCode,
    success: true,
    pspReference: pspOf(refund.id),
    originalReference: pspOf(refund.payment_intent ?? ''),
    merchantReference: refund.metadata['reference'] ?? '',
    amount: { value: refund.amount, currency: refund.currency.toUpperCase() },
    ...(refund.failure_reason !== undefined && { reason: refund.failure_reason }),
  };
}

function refusedModification(refused: Modification): Item {
  const { eventCode, success, reason, reference, amount, intent } = refused;
  return {
    eventCode,
    success,
    reason,
    amount,
    pspReference: pspOf(refused.id),
    merchantReference: reference,
    ...(intent && { originalReference: pspOf(intent) }),
  };
}

function disputed(account: Account, dispute: Dispute, eventCode: string, status?: string): Item {
  const { due_by: dueBy } = dispute.evidence_details;
  const method = methodOf(account, dispute);
  return {
    eventCode,
    success: true,
    pspReference: pspOf(dispute.id),
    reason: dispute.reason,
    originalReference: pspOf(dispute.payment_intent ?? ''),
    merchantReference: paymentReference(account, dispute.payment_intent),
    amount: { value: dispute.amount, currency: dispute.currency.toUpperCase() },
    paymentMethod: variantOf(method),
    additionalData: {
      chargebackReasonCode: dispute.network_reason_code ?? returnCodeOf(dispute, method),
      ...(OPENS.has(eventCode) && { defendable: String(dispute.status.endsWith('needs_response')) }),
      ...(dueBy && { defensePeriodEndsAt: new Date(dueBy * 1000).toISOString() }),
      disputeStatus: status ?? STATUS[eventCode] ?? 'Undefended',
    },
  };
}

/** https://docs.adyen.com/risk-management/disputes-api/dispute-notifications */
const STATUS: Record<string, string> = {
  REQUEST_FOR_INFORMATION: 'Unresponded',
  INFORMATION_SUPPLIED: 'Pending',
  CHARGEBACK_REVERSED: 'Won',
};

/** Of what comes later nobody says whether it can be defended. */
const OPENS = new Set(['REQUEST_FOR_INFORMATION', 'NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK']);

function closed(account: Account, dispute: Dispute): Item | null {
  const isAnswered = dispute.evidence_details.submission_count > 0;
  if (isInquiry(dispute))
    return disputed(account, dispute, 'REQUEST_FOR_INFORMATION', isAnswered ? 'Responded' : 'Expired');
  if (dispute.status !== 'lost') return null; // won: the reversal has told
  if (methodOf(account, dispute)?.type === 'us_bank_account') return null; // lost from the first: the chargeback has told
  return isAnswered
    ? disputed(account, dispute, 'SECOND_CHARGEBACK', 'Lost')
    : disputed(account, dispute, 'DISPUTE_DEFENSE_PERIOD_ENDED', 'Lost');
}

function methodOf(account: Account, dispute: Dispute): PaymentMethod | undefined {
  const charge = account.find('charge', dispute.charge);
  return account.find('payment_method', charge?.payment_method ?? '');
}

function fraud(account: Account, warning: EarlyFraudWarning): Item {
  const charge = account.find('charge', warning.charge);
  return {
    eventCode: 'NOTIFICATION_OF_FRAUD',
    success: true,
    pspReference: pspOf(warning.id),
    originalReference: pspOf(warning.payment_intent ?? ''),
    merchantReference: paymentReference(account, warning.payment_intent),
    amount: { value: charge?.amount ?? 0, currency: (charge?.currency ?? 'usd').toUpperCase() },
    reason: 'Fraudulent Use of Account Number',
    additionalData: { nofReasonCode: '6' },
  };
}

function paymentReference(account: Account, intent: string | null): string {
  const found = account.find('payment_intent', intent ?? '');
  return found ? referenceOf(found) : '';
}

function referenceOf(intent: PaymentIntent): string {
  return intent.metadata['reference'] ?? '';
}

function amountOf(intent: PaymentIntent): { value: number; currency: string } {
  return { value: intent.amount, currency: intent.currency.toUpperCase() };
}

function isInquiry(dispute: Dispute): boolean {
  return dispute.status.startsWith('warning');
}
