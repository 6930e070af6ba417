import type {
  AttentionCode,
  PaymentMethod,
  PaymentMethodStatus,
  PaymentMethodType,
} from '../payments.contract.js';

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
