import { IsOptional, IsUUID } from 'class-validator';
import type {
  AttentionCode,
  PaymentMethod,
  PaymentMethodReason,
  PaymentMethodStatus,
  PaymentMethodType,
} from '../payments.contract.js';
import type { ByWhom } from './payment-method-reasons.js';

export class AttentionDto {
  code: AttentionCode;
  message: string;
  action: 'replace' | 'verify';
  actionUrl: string;
}

export class PaymentMethodDto implements PaymentMethod {
  id: string;
  type: PaymentMethodType;
  status: PaymentMethodStatus;
  isDefault: boolean;
  cardBrand: string | null;
  lastFour: string;
  expiryMonth: number | null;
  expiryYear: number | null;
  bankName: string | null;
  attention: AttentionDto | null;
  createdAt: string;
}

export class PaymentMethodPageDto {
  data: PaymentMethodDto[];
  nextCursor: string | null;
}

export class RemovePaymentMethodQuery {
  /** Another method of the payer, which plans and autopay use from then on. */
  @IsOptional()
  @IsUUID()
  replacedBy?: string;
}

export class ShownPaymentMethodDto {
  status: PaymentMethodStatus;
  isDefault: boolean;
  cardBrand: string | null;
  lastFour: string;
  expiryMonth: number | null;
  expiryYear: number | null;
  bankName: string | null;
}

export class PaymentMethodHistoryEntryDto {
  id: string;
  reason: PaymentMethodReason;
  byWhom: ByWhom;
  /** Null for the first entry. */
  before: ShownPaymentMethodDto | null;
  after: ShownPaymentMethodDto;
  changedAt: string;
}

export class PaymentMethodHistoryPageDto {
  data: PaymentMethodHistoryEntryDto[];
  nextCursor: string | null;
}
