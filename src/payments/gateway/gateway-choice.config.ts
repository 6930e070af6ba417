import { createHash } from 'node:crypto';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { Variable } from '../../platform/configuration/variable.js';
import { IsWholeNumber } from '../../platform/configuration/whole-number.js';
import type { PaymentMethodType } from '../payments.contract.js';

export const GATEWAY_NAMES = ['stripe', 'adyen', 'braintree'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

const NEXT = new RegExp(`^(${GATEWAY_NAMES.join('|')}):(100|\\d{1,2})$`);

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
    meaning: 'gateway for new bank accounts',
    defaultShown: 'unset: that of `PAYMENT_GATEWAY`',
    example: 'stripe',
  })
  @IsOptional()
  @IsIn(GATEWAY_NAMES)
  PAYMENT_GATEWAY_BANK_ACCOUNTS?: GatewayName;

  @Variable({
    meaning:
      'gateway that takes the new cards of so many payers in a hundred, always of the same ones; of more of them when the number grows',
    defaultShown: 'unset: `PAYMENT_GATEWAY` takes those of all',
    example: 'adyen:10',
  })
  @IsOptional()
  @Matches(NEXT, { message: 'must be the name of a gateway, a colon, and a number from 0 to 100' })
  PAYMENT_GATEWAY_NEXT?: string;

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
    meaning:
      '`on` leaves a gateway alone for 10 s when four in ten of at least 10 calls in 10 s got no answer',
    example: 'off',
  })
  @IsIn(['on', 'off'])
  GATEWAY_BREAKER: 'on' | 'off' = 'on';

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @IsString()
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  /** The gateway that is wished for; whether it offers what is asked for is its own matter. */
  gatewayFor(type: PaymentMethodType, payerId: string): GatewayName {
    if (type === 'us_bank_account') return this.PAYMENT_GATEWAY_BANK_ACCOUNTS ?? this.PAYMENT_GATEWAY;
    const { nextGateway: next } = this;
    return next && hundredthOf(payerId) < next.share ? next.name : this.PAYMENT_GATEWAY;
  }

  /** All that take something new. */
  protected get gatewaysForNew(): ReadonlySet<GatewayName | undefined> {
    return new Set([this.PAYMENT_GATEWAY, this.PAYMENT_GATEWAY_BANK_ACCOUNTS, this.nextGateway?.name]);
  }

  private get nextGateway(): { name: GatewayName; share: number } | null {
    const [, name, share] = NEXT.exec(this.PAYMENT_GATEWAY_NEXT ?? '') ?? [];
    return name ? { name: name as GatewayName, share: Number(share) } : null;
  }

  protected sandboxAddress(hasSandboxKey: boolean): string | null {
    const isThere = hasSandboxKey && this.SANDBOX_PORT !== 'off';
    return isThere ? `http://127.0.0.1:${this.SANDBOX_PORT}` : null;
  }
}

/** Which of a hundred equal parts of all payers this one is in: 0 to 99. */
function hundredthOf(payerId: string): number {
  return createHash('sha256').update(payerId).digest().readUInt32BE() % 100;
}
