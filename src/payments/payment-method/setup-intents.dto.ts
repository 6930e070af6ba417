import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { PaymentMethodType } from '../payments.contract.js';
import type { StartedSetup } from '../gateway/saving.js';
import { MANDATE_TEXTS } from './mandate-texts.js';
import type { SetupIntentStatus } from './setup-intent-status.js';
import type { SetupIntentRecord } from './setup-intent.entity.js';

export class StartSetupIntentDto {
  @IsIn(['card', 'us_bank_account'])
  type: PaymentMethodType;

  /** `redirect`: the gateway's own page. `embedded`: the gateway's fields in your page. */
  @IsIn(['redirect', 'embedded'])
  flow: 'redirect' | 'embedded';

  /** Where the payer comes back to; required for `redirect`. Its origin must be an allowed one. */
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  returnUrl?: string;

  /** A saved method of theirs that the new one takes the place of, with the plans and autopay on it. */
  @IsOptional()
  @IsUUID()
  replaces?: string;
}

/** As much as a payer may bring back from their bank. */
const RETURNED_CHARACTERS_MAX = 16_000;

export class CompleteSetupIntentDto {
  /**
   * What the gateway gave to the payer's browser, as a query: some gateways need it to save the method. From Braintree's
   * fields: `payment_method_nonce=` and the nonce.
   */
  @IsOptional()
  @IsString()
  @MaxLength(RETURNED_CHARACTERS_MAX)
  returned?: string;
}

export class VerifyBankAccountDto {
  /** The two small amounts that arrived, in cents. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(99, { each: true })
  amountsMinor?: [number, number];

  /** The six characters in the text of the one deposit that arrived, beginning with SM. */
  @IsOptional()
  @Matches(/^SM[0-9A-Z]{4}$/i, { message: 'must be six letters and digits, beginning with SM' })
  descriptorCode?: string;
}

export class VerificationDto {
  /** What the payer is asked: two amounts, or the code in the deposit's text. */
  ask: 'amounts' | 'descriptor_code';
  attemptsLeft: number;
  /** When the deposits should have arrived. */
  depositsOn: string;
  verifyBy: string;
}

export class MandateTextDto {
  version: string;
  text: string;
  /** Behind `redirectUrl` the gateway shows it. Else show it before the payer goes on, beside the button that does it. */
  isShownByGateway: boolean;
}

export class SetupIntentDto {
  id: string;
  status: SetupIntentStatus;
  type: PaymentMethodType;
  /** The saved method, once completed. */
  paymentMethodId: string | null;
  /** How to go on while a bank account is `verifying`. */
  verification: VerificationDto | null;
  createdAt: string;
}

export class SetupIntentsQuery {
  /** The saved method that they are of. */
  @IsUUID()
  paymentMethodId: string;
}

export class SetupIntentPageDto {
  data: SetupIntentDto[];
  nextCursor: string | null;
}

export class StartedSetupIntentDto extends SetupIntentDto {
  /** Send the payer's browser here; null in the embedded flow. */
  redirectUrl: string | null;
  /** For the gateway's fields; null in the redirect flow. */
  clientSecret: string | null;
  publishableKey: string | null;
  gateway: string;
  /** What the payer agrees to by saving. Its version is kept with the consent. */
  mandate: MandateTextDto;
}

export function setupIntentView(
  setup: SetupIntentRecord,
  verification: VerificationDto | null,
): SetupIntentDto {
  const { id, status, type, paymentMethodId } = setup;
  return {
    id,
    status,
    type,
    paymentMethodId: paymentMethodId ?? null,
    verification,
    createdAt: setup.createdAt.toISOString(),
  };
}

export function startedSetupIntentView(
  setup: SetupIntentRecord,
  started: StartedSetup,
): StartedSetupIntentDto {
  const { redirectUrl, clientSecret, publishableKey } = started;
  return {
    ...setupIntentView(setup, null),
    redirectUrl,
    clientSecret,
    publishableKey,
    gateway: setup.gateway,
    mandate: { ...MANDATE_TEXTS[setup.type], isShownByGateway: started.showsMandate },
  };
}
