import { Type } from 'class-transformer';
import {
  IsIn,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import type { ChargeRequest, PaymentMethodUse, Requester } from '../payments.contract.js';

// Forms only. What an amount, a currency or a return address may be, payments themselves say, with the contract's codes.

/** Issuer and subject of a token, each of which may be long. */
const CALLER_LENGTH_MAX = 1_000;
const NAME_LENGTH_MAX = 200;

export class RequesterDto implements Requester {
  @IsString()
  @Length(1, CALLER_LENGTH_MAX)
  caller: string;

  @Matches(/^[\x21-\x7e]{1,255}$/)
  idempotencyKey: string;

  @IsObject()
  input: Requester['input'];
}

export class PresenceDto {
  @IsIn(['on', 'off'])
  session: 'on' | 'off';

  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  returnUrl?: string;
}

export class ChargeDto extends RequesterDto implements ChargeRequest {
  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  payerId: string;

  @IsUUID()
  paymentMethodId: string;

  @IsOptional()
  @ValidateBy({
    name: 'isFallback',
    validator: { validate: isFallback, defaultMessage: () => 'must be default or name a payment method' },
  })
  fallback?: ChargeRequest['fallback'];

  @IsNumber()
  amountMinor: number;

  @IsString()
  @MaxLength(NAME_LENGTH_MAX)
  currency: string;

  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  obligation: string;

  @ValidateNested()
  @Type(() => PresenceDto)
  @IsObject()
  presence: PresenceDto;

  @IsOptional()
  @IsIn(['automatic', 'manual'])
  capture?: 'automatic' | 'manual';
}

export class CancelDto extends RequesterDto {
  @IsUUID()
  paymentId: string;
}

export class ReadPaymentDto {
  @IsUUID()
  paymentId: string;

  @IsOptional()
  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  payerId?: string;
}

export class PayerDto {
  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  payerId: string;
}

export class ReadMethodDto extends PayerDto {
  @IsUUID()
  id: string;
}

export class UseDto extends PayerDto implements PaymentMethodUse {
  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  name: string;

  @IsUUID()
  paymentMethodId: string;

  @IsString()
  @MaxLength(2_000)
  description: string;

  @IsOptional()
  @Matches(/^\d{4}-\d{2}-\d{2}$/)
  nextChargeOn: string | null;
}

export class EndUseDto {
  @IsString()
  @Length(1, NAME_LENGTH_MAX)
  name: string;
}

function isFallback(value: unknown): boolean {
  const { paymentMethodId } = (value ?? {}) as { paymentMethodId?: unknown };
  return value === 'default' || typeof paymentMethodId === 'string';
}
