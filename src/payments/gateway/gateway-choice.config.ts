import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { Variable } from '../../platform/configuration/variable.js';
import { IsWholeNumber } from '../../platform/configuration/whole-number.js';

export const GATEWAY_NAMES = ['stripe', 'adyen', 'braintree'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

/** Addresses that may be named without a certificate: a sandbox on this machine. */
export const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

/** What its own variables say of one gateway. */
export interface GatewaySettings {
  /** Its key is the sandbox's, which everybody knows. */
  hasSandboxKey: boolean;
  mode: 'test' | 'live';
  /** The variable that says so. */
  modeSetting: string;
  /** Where its calls go; null: to the gateway's own addresses. */
  address: string | null;
  /** The variable that names another server of its shape is set. */
  isElsewhere: boolean;
  /** What a payer sees of it by default: not every gateway has a page of its own. */
  fields: 'redirect' | 'embedded';
  /** What the sandbox needs to tell its news in the gateway's words. */
  sandboxWebhook: Record<string, string>;
  /** Contradictions, by the variable that has to be set right. */
  wrong(isProduction: boolean): Record<string, string>;
}

/** Which gateway is spoken with, and how patiently. */
export class GatewayChoice {
  @Variable({
    meaning: "`redirect`: the gateway's own page; `embedded`: the gateway's fields in our page",
    defaultShown: '`redirect`; `embedded` with a gateway that has no page of its own',
    example: 'embedded',
  })
  @IsOptional()
  @IsIn(['redirect', 'embedded'])
  PAYMENT_FIELDS?: 'redirect' | 'embedded';

  @Variable({ meaning: 'gateway for new methods', example: 'stripe' })
  @IsIn(GATEWAY_NAMES)
  PAYMENT_GATEWAY: GatewayName = 'stripe';

  @Variable({
    meaning:
      'longest wait for one answer of a gateway, in milliseconds: gateways nearly always answer in 2 s, card networks may take longer',
    example: '20000',
  })
  @IsWholeNumber({ min: 500, max: 80_000 })
  GATEWAY_TIMEOUT_MS = 20_000;

  @Variable({
    meaning: 'how often a call that got no answer is sent again at once, with the same key',
    example: '1',
  })
  @IsWholeNumber({ min: 0, max: 5 })
  GATEWAY_RETRIES = 1;

  @Variable({
    meaning: '`on` leaves a gateway alone for 10 s when half of at least 10 calls in 10 s got no answer',
    example: 'off',
  })
  @IsIn(['on', 'off'])
  GATEWAY_BREAKER: 'on' | 'off' = 'on';

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @IsString()
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  protected sandboxAddress(hasSandboxKey: boolean): string | null {
    const isThere = hasSandboxKey && this.SANDBOX_PORT !== 'off';
    return isThere ? `http://127.0.0.1:${this.SANDBOX_PORT}` : null;
  }
}
