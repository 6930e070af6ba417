import { createHash } from 'node:crypto';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import type { CrossChecked } from '../../platform/configuration/configuration.js';
import { Part, Variable } from '../../platform/configuration/variable.js';
import { IsWholeNumber } from '../../platform/configuration/whole-number.js';
import type { PaymentMethodType } from '../payments.contract.js';
import { AdyenConfig } from './adyen.config.js';
import { BraintreeConfig } from './braintree.config.js';
import type { GatewaySettings } from './gateway-settings.js';
import { StripeConfig } from './stripe.config.js';

export const GATEWAY_NAMES = ['stripe', 'adyen', 'braintree'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

/** A gateway's own host, for `status` and the evidence to name; the calls of some go to several. */
const ADDRESSES: Record<GatewayName, string> = {
  stripe: 'https://api.stripe.com',
  adyen: 'https://checkout-live.adyenpayments.com',
  braintree: 'https://api.braintreegateway.com',
};

const NEXT = new RegExp(`^(${GATEWAY_NAMES.join('|')}):(100|\\d{1,2})$`);

/** Which gateways are spoken with, how patiently, and with which keys. */
export class GatewayConfig implements CrossChecked, Record<GatewayName, GatewaySettings> {
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

  @Part(StripeConfig)
  stripe = new StripeConfig();

  @Part(AdyenConfig)
  adyen = new AdyenConfig();

  @Part(BraintreeConfig)
  braintree = new BraintreeConfig();

  /** Those that are spoken with: the ones for new methods, and those whose key is set, as they hold older ones. */
  get names(): GatewayName[] {
    return GATEWAY_NAMES.filter((name) => this.namesForNew.has(name) || !this[name].hasSandboxKey);
  }

  /** The gateway that is wished for; whether it offers what is asked for is its own matter. */
  forNew(type: PaymentMethodType, payerId: string): GatewayName {
    if (type === 'us_bank_account') return this.PAYMENT_GATEWAY_BANK_ACCOUNTS ?? this.PAYMENT_GATEWAY;
    const { next } = this;
    return next && hundredthOf(payerId) < next.share ? next.name : this.PAYMENT_GATEWAY;
  }

  /** Where the payer gives a card to the gateway for new methods. */
  get fields(): 'redirect' | 'embedded' {
    return this.PAYMENT_FIELDS ?? this[this.PAYMENT_GATEWAY].fields;
  }

  /** Payments made with test keys and with live keys are never in one database. */
  get mode(): 'test' | 'live' {
    return this.names.some((name) => this[name].mode === 'live') ? 'live' : 'test';
  }

  /** Where a gateway's calls go; null: to its own addresses. */
  addressOf(name: GatewayName): string | null {
    const { elsewhere, hasSandboxKey } = this[name];
    const isSandboxs = hasSandboxKey && this.SANDBOX_PORT !== 'off';
    return elsewhere ?? (isSandboxs ? `http://127.0.0.1:${this.SANDBOX_PORT}` : null);
  }

  /** Where calls go for new methods. */
  get address(): string {
    return this.addressOf(this.PAYMENT_GATEWAY) ?? ADDRESSES[this.PAYMENT_GATEWAY];
  }

  /** Every host of theirs, also of those that only hold older methods. */
  get hosts(): string[] {
    return this.names.flatMap((name) => {
      const address = this.addressOf(name);
      const own = this[name].hosts;
      return !address || own.includes(new URL(address).hostname) ? own : [new URL(address).hostname];
    });
  }

  /** Whether a sandbox of our own is a gateway. */
  get startsSandbox(): boolean {
    const isSpokenWith = this.names.some((name) => this[name].hasSandboxKey);
    return isSpokenWith && this.SANDBOX_PORT !== 'off' && !this[this.PAYMENT_GATEWAY].elsewhere;
  }

  /** What the sandbox needs to tell its news in the words of the gateway for new methods. */
  sandboxWebhook(address: string): Record<string, string> {
    const { sandboxWebhook } = this[this.PAYMENT_GATEWAY];
    return { SANDBOX_WEBHOOK_URL: `${address}/${this.PAYMENT_GATEWAY}`, ...sandboxWebhook };
  }

  contradictions(isProduction: boolean): Record<string, string> {
    const wrong = this.names.map((name) => this[name].wrong(this, isProduction));
    return Object.assign({}, ...wrong, this.wrongTogether(isProduction)) as Record<string, string>;
  }

  private wrongTogether(isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    if (isProduction && this.SANDBOX_PORT !== 'off')
      wrong['SANDBOX_PORT'] = 'must be off in production: the sandbox is for development';
    if (!GATEWAY_NAMES.includes(this.PAYMENT_GATEWAY)) return wrong; // said already, of PAYMENT_GATEWAY
    for (const variable of ['PAYMENT_GATEWAY_NEXT', 'PAYMENT_GATEWAY_BANK_ACCOUNTS'] as const)
      if (this.fields === 'embedded' && this[variable] && !this[variable].startsWith(this.PAYMENT_GATEWAY))
        wrong[variable] =
          'names another gateway than PAYMENT_GATEWAY, and the page can draw the fields of one alone: set PAYMENT_FIELDS=redirect with gateways that have pages of their own, or leave it out';
    const modes = this.names.map((name) => this[name]);
    const odd = modes.find(({ mode }) => mode !== modes[0]!.mode);
    if (odd)
      wrong[odd.modeSetting] =
        `and ${modes[0]!.modeSetting} are of different modes: one is live, the other test`;
    return wrong;
  }

  /** All that take something new. */
  private get namesForNew(): ReadonlySet<GatewayName | undefined> {
    return new Set([this.PAYMENT_GATEWAY, this.PAYMENT_GATEWAY_BANK_ACCOUNTS, this.next?.name]);
  }

  private get next(): { name: GatewayName; share: number } | null {
    const [, name, share] = NEXT.exec(this.PAYMENT_GATEWAY_NEXT ?? '') ?? [];
    return name ? { name: name as GatewayName, share: Number(share) } : null;
  }
}

/** Which of a hundred equal parts of all payers this one is in: 0 to 99. */
function hundredthOf(payerId: string): number {
  return createHash('sha256').update(payerId).digest().readUInt32BE() % 100;
}
