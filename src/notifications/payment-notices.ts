import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import {
  type PaymentMethod,
  type PaymentMethodReason,
  Payments,
  type PaymentsEvent,
} from '../payments/payments.contract.js';
import type { Content, Notice } from './notice.js';
import { Notices } from './notices.service.js';
import { Post } from './post.service.js';

const LISTENER = 'notifications';
const WALLET = '/wallet';

/** Tells payers what happens to their saved methods, and what is sent back to them. Who owes what, others know. */
@Injectable()
export class PaymentNotices implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
    private readonly notices: Notices,
    private readonly post: Post,
  ) {}

  onModuleInit(): void {
    this.payments.subscribe(LISTENER, (event) => this.hear(event));
  }

  private async hear(event: PaymentsEvent): Promise<void> {
    const notice = noticeOf(event);
    // The key is the event's id, so an event that comes again writes nothing.
    if (notice) await this.dataSource.transaction((tx) => this.notices.write(tx, notice));
    this.post.wake();
  }
}

function noticeOf(event: PaymentsEvent): Notice | null {
  const key = `event:${event.id}`;
  if ('paymentMethod' in event) {
    const content = aboutMethod(event);
    return content && { key, payerId: event.payerId, ...content };
  }
  if (!('refund' in event)) return null;
  const { payment, refund } = event;
  const kind = aboutRefund(event);
  if (!kind) return null;
  const facts = {
    description: 'a refund',
    amountMinor: refund.amountMinor,
    currency: refund.currency,
    reason: null,
    nextTryOn: null,
    place: `/receipts/${payment.id}`,
  };
  return { key, payerId: payment.payerId, kind, facts };
}

/** What fails sooner than this, the payer has not been told of. */
const REFUND_TOLD_MS = 60 * 60 * 1000;

function aboutRefund({
  type,
  refund,
  occurredAt,
}: Extract<PaymentsEvent, { refund: unknown }>): 'refund' | 'refund_failed' | null {
  if (type === 'refund.succeeded') return 'refund';
  const age = Date.parse(occurredAt) - Date.parse(refund.createdAt);
  return type === 'refund.failed' && age > REFUND_TOLD_MS ? 'refund_failed' : null;
}

function aboutMethod(event: Extract<PaymentsEvent, { paymentMethod: PaymentMethod }>): Content | null {
  const { paymentMethod: method, reason } = event;
  switch (event.type) {
    case 'payment_method.saved':
      return method.status === 'pending_verification'
        ? { kind: 'verify', facts: factsOf(method) }
        : { kind: 'method_saved', facts: factsOf(method) };
    case 'payment_method.activated':
      return reason === 'verified' ? { kind: 'method_saved', facts: factsOf(method) } : null;
    case 'payment_method.expiring':
      return { kind: 'method_expiring', facts: { ...factsOf(method), reason } };
    case 'payment_method.requires_replacement':
    case 'payment_method.replacement_asked':
      return { kind: 'add_again', facts: { ...factsOf(method), reason: inWords(reason) } };
    case 'payment_method.removed':
      return isLost(reason)
        ? { kind: 'add_again', facts: { ...factsOf(method), reason: inWords(reason) } }
        : null;
    case 'payment_method.updated':
    case 'payment_method.default_changed':
      return null;
  }
}

/** Removed, and not by the payer. */
function isLost(reason: PaymentMethodReason): boolean {
  return ['detached_at_gateway', 'verification_failed', 'verification_expired'].includes(reason);
}

const WORDS: Partial<Record<PaymentMethodReason, string>> = {
  card_expired: 'The card has expired.',
  account_closed: 'The account was closed.',
  details_wrong: 'Its details are not right any more.',
  consent_withdrawn: 'The consent to charge it was withdrawn.',
  debit_disputed: 'The bank returned a payment as not authorised.',
  asked_again: 'We have changed our payment provider.',
  verification_failed: 'It could not be verified.',
  verification_expired: 'It was not verified in time.',
};

function inWords(reason: PaymentMethodReason): string | null {
  return WORDS[reason] ?? null;
}

const BRANDS: Record<string, string> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

function factsOf(method: PaymentMethod) {
  const brand =
    method.type === 'card' ? (BRANDS[method.cardBrand ?? ''] ?? 'Card') : (method.bankName ?? 'Bank account');
  const { expiryMonth: month, expiryYear: year } = method;
  const expires = month && year ? `${String(month).padStart(2, '0')}/${String(year).slice(-2)}` : null;
  return { method: `${brand} ending in ${method.lastFour}`, expires, reason: null, place: WALLET };
}
