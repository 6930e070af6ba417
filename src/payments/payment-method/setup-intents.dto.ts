import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { PaymentMethodType } from '../payments.contract.js';
import type { StartedSetup } from '../gateway/gateway.js';
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
}

export class SetupIntentDto {
  id: string;
  status: SetupIntentStatus;
  type: PaymentMethodType;
  /** The saved method, once completed. */
  paymentMethodId: string | null;
  createdAt: string;
}

export class StartedSetupIntentDto extends SetupIntentDto {
  /** Send the payer's browser here; null in the embedded flow. */
  redirectUrl: string | null;
  /** For the gateway's fields; null in the redirect flow. */
  clientSecret: string | null;
  publishableKey: string | null;
  gateway: string;
}

export function setupIntentView(setup: SetupIntentRecord): SetupIntentDto {
  const { id, status, type, paymentMethodId } = setup;
  return {
    id,
    status,
    type,
    paymentMethodId: paymentMethodId ?? null,
    createdAt: setup.createdAt.toISOString(),
  };
}

export function startedSetupIntentView(
  setup: SetupIntentRecord,
  started: StartedSetup,
): StartedSetupIntentDto {
  const { redirectUrl, clientSecret, publishableKey } = started;
  return { ...setupIntentView(setup), redirectUrl, clientSecret, publishableKey, gateway: setup.gateway };
}
