import type { CrossChecked } from '../../platform/configuration/configuration.js';
import { BraintreeConfig } from './braintree.config.js';
import { GATEWAY_NAMES, type GatewayName, type GatewaySettings } from './gateway-choice.config.js';

/** Where calls go that have no one address, for who asks how far away the gateway is. */
const ADDRESSES: Record<GatewayName, string> = {
  stripe: 'https://api.stripe.com',
  adyen: 'https://checkout-live.adyenpayments.com',
  braintree: 'https://api.braintreegateway.com',
};

/** What is read from the environment of the gateways: which, and with which keys. */
export class GatewayConfig extends BraintreeConfig implements CrossChecked {
  get usesSandbox(): boolean {
    return this.gateways.some((name) => this.settingsOf(name).hasSandboxKey);
  }

  /** Those that are spoken with: the ones for new methods, and those whose key is set, as they hold older ones. */
  get gateways(): GatewayName[] {
    return GATEWAY_NAMES.filter(
      (name) => this.gatewaysForNew.has(name) || !this.settingsOf(name).hasSandboxKey,
    );
  }

  /** Payments made with test keys and with live keys are never in one database. */
  get gatewayMode(): 'test' | 'live' {
    return this.gateways.some((name) => this.settingsOf(name).mode === 'live') ? 'live' : 'test';
  }

  /** Where the payer gives a card to the gateway for new methods. */
  get paymentFields(): 'redirect' | 'embedded' {
    return this.PAYMENT_FIELDS ?? this.settingsOf(this.PAYMENT_GATEWAY).fields;
  }

  /** Whether a sandbox of our own is a gateway. */
  get startsSandbox(): boolean {
    const { isElsewhere } = this.settingsOf(this.PAYMENT_GATEWAY);
    return this.usesSandbox && this.SANDBOX_PORT !== 'off' && !isElsewhere;
  }

  /** What the sandbox needs to tell its news in the words of the gateway for new methods. */
  sandboxWebhook(address: string): Record<string, string> {
    const { sandboxWebhook } = this.settingsOf(this.PAYMENT_GATEWAY);
    return { SANDBOX_WEBHOOK_URL: `${address}/${this.PAYMENT_GATEWAY}`, ...sandboxWebhook };
  }

  /** Where calls go for new methods. */
  get gatewayAddress(): string {
    return this.settingsOf(this.PAYMENT_GATEWAY).address ?? ADDRESSES[this.PAYMENT_GATEWAY];
  }

  contradictions(isProduction: boolean): Record<string, string> {
    const wrong = this.gateways.map((name) => this.settingsOf(name).wrong(isProduction));
    return Object.assign({}, ...wrong, this.wrongTogether(isProduction)) as Record<string, string>;
  }

  private wrongTogether(isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    if (isProduction && this.SANDBOX_PORT !== 'off')
      wrong['SANDBOX_PORT'] = 'must be off in production: the sandbox is for development';
    if (!GATEWAY_NAMES.includes(this.PAYMENT_GATEWAY)) return wrong; // said already, of PAYMENT_GATEWAY
    for (const variable of ['PAYMENT_GATEWAY_NEXT', 'PAYMENT_GATEWAY_BANK_ACCOUNTS'] as const)
      if (
        this.paymentFields === 'embedded' &&
        this[variable] &&
        !this[variable].startsWith(this.PAYMENT_GATEWAY)
      )
        wrong[variable] =
          'names another gateway than PAYMENT_GATEWAY, and the page can draw the fields of one alone: set PAYMENT_FIELDS=redirect with gateways that have pages of their own, or leave it out';
    const modes = this.gateways.map((name) => this.settingsOf(name));
    const odd = modes.find(({ mode }) => mode !== modes[0]!.mode);
    if (odd)
      wrong[odd.modeSetting] =
        `and ${modes[0]!.modeSetting} are of different modes: one is live, the other test`;
    return wrong;
  }

  private settingsOf(name: GatewayName): GatewaySettings {
    return this[name];
  }
}
