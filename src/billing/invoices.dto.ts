import {
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsCurrency } from '../platform/http/is-currency.js';
import type { NextAction, Payment, PaymentFailure } from '../payments/payments.contract.js';
import type { InvoiceStatus } from './invoice-status.js';
import type { Invoice, InvoiceKind } from './invoice.entity.js';

/** Most that one invoice may ask for: what one card payment can take. */
const AMOUNT_MINOR_MAX = 99_999_999;

export class CreateInvoiceDto {
  @IsString()
  @Length(1, 100)
  payerId: string;

  @IsIn(['tuition', 'fee'])
  kind: InvoiceKind;

  @IsString()
  @Length(1, 200)
  description: string;

  /** A whole number of the currency's smallest unit. */
  @IsInt()
  @Min(1)
  @Max(AMOUNT_MINOR_MAX)
  amountMinor: number;

  /** ISO 4217, upper case. */
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be an upper-case ISO 4217 code such as USD' })
  @IsCurrency()
  currency: string;

  /** The day by which it is to be paid, as in 2027-01-31. */
  @IsISO8601({ strict: true })
  @Matches(/^\d{4}-\d{2}-\d{2}$/, { message: 'dueOn must be a day such as 2027-01-31' })
  dueOn: string;
}

export class PayInvoiceDto {
  @IsUUID()
  paymentMethodId: string;

  /** Where the payer comes back to, should the bank want to see them; by default our own page. */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  returnUrl?: string;
}

export class InvoiceDto {
  id: string;
  payerId: string;
  kind: InvoiceKind;
  description: string;
  amountMinor: number;
  currency: string;
  dueOn: string;
  status: InvoiceStatus;
  /** The payment that paid it. */
  paymentId: string | null;
  /** The plan whose instalments paid it. */
  planId: string | null;
  paidAt: string | null;
  createdAt: string;
}

export class InvoicePaymentFailureDto implements PaymentFailure {
  code: PaymentFailure['code'];
  declineCode: string | null;
  message: string;
  action: PaymentFailure['action'];
  retry: PaymentFailure['retry'];
  /** Why the method requires replacement from here on. */
  methodReason: PaymentFailure['methodReason'];
}

export class InvoicePaymentNextActionDto implements NextAction {
  type: 'redirect';
  url: string;
}

/** A payment of an invoice, as payments tell it. */
export class InvoicePaymentDto implements Payment {
  id: string;
  payerId: string;
  status: Payment['status'];
  statusDetail: Payment['statusDetail'];
  expectedBy: string | null;
  amountMinor: number;
  capturedMinor: number;
  refundedMinor: number;
  disputedMinor: number;
  obligationFreed: boolean;
  currency: string;
  paymentMethodId: string;
  obligation: string;
  failure: InvoicePaymentFailureDto | null;
  nextAction: InvoicePaymentNextActionDto | null;
  createdAt: string;
}

export class InvoicePageDto {
  data: InvoiceDto[];
  nextCursor: string | null;
}

export function invoiceView(invoice: Invoice): InvoiceDto {
  const { id, payerId, kind, description, amountMinor, currency, dueOn, status, paymentId, planId } = invoice;
  const paidAt = invoice.paidAt?.toISOString() ?? null;
  return {
    id,
    payerId,
    kind,
    description,
    amountMinor,
    currency,
    dueOn,
    status,
    paymentId,
    planId,
    paidAt,
    createdAt: invoice.createdAt.toISOString(),
  };
}
