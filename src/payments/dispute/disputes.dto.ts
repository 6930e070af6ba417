import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsBase64,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import type { EvidenceFile } from '../gateway/gateway.js';
import type { Dispute, DisputeStatus, EvidenceText } from '../payments.contract.js';

/** Stripe takes 150,000 characters over all fields; https://docs.stripe.com/api/disputes/evidence_object */
const TEXT_MAX = 20_000;
/** Base64 of about 700 KB, the most that fits the request; Stripe takes 4.5 MB over all files. */
const FILE_BASE64_MAX = 950_000;
const FILES_MAX = 3;

export class EvidenceTextDto implements Partial<Record<EvidenceText, string>> {
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) product_description?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) service_date?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) customer_name?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) customer_email_address?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) refund_policy_disclosure?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) cancellation_rebuttal?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) duplicate_charge_explanation?: string;
  @IsOptional() @IsString() @MaxLength(TEXT_MAX) uncategorized_text?: string;
}

export class EvidenceFileDto {
  @IsIn(['receipt', 'customer_communication', 'service_documentation', 'other'])
  kind: EvidenceFile['kind'];

  @IsIn(['application/pdf', 'image/jpeg', 'image/png'])
  contentType: EvidenceFile['contentType'];

  @IsBase64()
  @MaxLength(FILE_BASE64_MAX)
  contentBase64: string;
}

export class SendEvidenceDto {
  @ValidateNested()
  @Type(() => EvidenceTextDto)
  text: EvidenceTextDto = {};

  @IsOptional()
  @ArrayMaxSize(FILES_MAX)
  @ValidateNested({ each: true })
  @Type(() => EvidenceFileDto)
  files: EvidenceFileDto[] = [];

  /** False keeps it as a draft; true hands it in, which can be done once. */
  @IsOptional()
  @IsBoolean()
  submit: boolean = true;
}

export class DisputeDto implements Dispute {
  id: string;
  paymentId: string;
  status: DisputeStatus;
  amountMinor: number;
  withdrawnMinor: number;
  currency: string;
  reason: string;
  isContestable: boolean;
  evidenceDueBy: string | null;
  createdAt: string;
}

export class DisputePageDto {
  data: DisputeDto[];
  nextCursor: string | null;
}
