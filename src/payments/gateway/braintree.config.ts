import { IsIn, IsOptional, IsUrl, Matches } from 'class-validator';
import { CommaList } from '../../platform/configuration/comma-list.js';
import { httpUrl } from '../../platform/configuration/http-url.js';
import { isNearby } from '../../platform/configuration/nearby.js';
import { Variable } from '../../platform/configuration/variable.js';
import type { Chosen, GatewaySettings } from './gateway-settings.js';

/** What the sandbox's development account answers to in Braintree's words. */
const SANDBOX_BRAINTREE = {
  merchantId: 'sandboxmerchant',
  publicKey: 'bt_public_test_sandbox',
  privateKey: 'bt_private_test_sandbox',
  merchantAccounts: ['USD:sandbox_usd', 'EUR:sandbox_eur', 'GBP:sandbox_gbp'],
};

/** What is read from the environment of Braintree. */
export class BraintreeConfig implements GatewaySettings {
  @Variable({
    meaning: "Braintree's merchant id",
    defaultShown: "the sandbox's",
    example: 'x7w8r5k2m9p3q4t6',
  })
  @Matches(/^[\w-]{1,64}$/, { message: 'must be letters, digits, hyphens and underscores' })
  BRAINTREE_MERCHANT_ID = SANDBOX_BRAINTREE.merchantId;

  @Variable({
    meaning: "the public half of Braintree's API key, which is a secret all the same",
    defaultShown: "the sandbox's",
    example: 'k4n8s2v6x9z3b7d5',
    secret: true,
    followed: true,
  })
  @Matches(/^[\w-]{1,128}$/, { message: 'must be letters, digits, hyphens and underscores' })
  BRAINTREE_PUBLIC_KEY = SANDBOX_BRAINTREE.publicKey;

  @Variable({
    meaning: "the private half of Braintree's API key; its webhooks are signed with it, too",
    defaultShown: "the sandbox's",
    example: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    secret: true,
    followed: true,
  })
  @Matches(/^[\w-]{1,128}$/, { message: 'must be letters, digits, hyphens and underscores' })
  BRAINTREE_PRIVATE_KEY = SANDBOX_BRAINTREE.privateKey;

  @Variable({
    meaning:
      "Braintree's merchant accounts as `currency:id`, as a comma list: one for each currency that is charged",
    defaultShown: "the sandbox's",
    example: 'USD:example_edu_usd,EUR:example_edu_eur',
  })
  @CommaList()
  @Matches(/^[A-Z]{3}:[\w-]{1,64}$/, {
    each: true,
    message: 'must each be currency:id, such as USD:example_usd',
  })
  BRAINTREE_MERCHANT_ACCOUNTS: string[] = SANDBOX_BRAINTREE.merchantAccounts;

  @Variable({ meaning: "which of Braintree's environments the keys are for", example: 'production' })
  @IsIn(['sandbox', 'production'])
  BRAINTREE_ENVIRONMENT: 'sandbox' | 'production' = 'sandbox';

  @Variable({
    meaning: 'address of a Braintree-shaped server',
    defaultShown: 'the sandbox where no key is set, else Braintree',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  BRAINTREE_API_BASE?: string;

  readonly modeSetting = 'BRAINTREE_ENVIRONMENT';
  readonly fields = 'embedded';

  get hasSandboxKey(): boolean {
    return this.BRAINTREE_PRIVATE_KEY === SANDBOX_BRAINTREE.privateKey;
  }

  /** It has no page. */
  get hosts(): string[] {
    return [this.mode === 'live' ? 'api.braintreegateway.com' : 'api.sandbox.braintreegateway.com'];
  }

  get mode(): 'test' | 'live' {
    return this.BRAINTREE_ENVIRONMENT === 'production' ? 'live' : 'test';
  }

  get elsewhere(): string | undefined {
    return this.BRAINTREE_API_BASE;
  }

  get sandboxWebhook(): Record<string, string> {
    return {
      SANDBOX_WEBHOOK_SECRET: this.BRAINTREE_PRIVATE_KEY,
      SANDBOX_WEBHOOK_PUBLIC_KEY: this.BRAINTREE_PUBLIC_KEY,
    };
  }

  wrong(
    { PAYMENT_GATEWAY, PAYMENT_FIELDS, SANDBOX_PORT }: Chosen,
    isProduction: boolean,
  ): Record<string, string> {
    const wrong: Record<string, string> = {};
    const isSandboxs = this.hasSandboxKey;
    const { BRAINTREE_API_BASE, BRAINTREE_MERCHANT_ACCOUNTS } = this;
    if (!isSandboxs && this.BRAINTREE_MERCHANT_ID === SANDBOX_BRAINTREE.merchantId && !BRAINTREE_API_BASE)
      wrong['BRAINTREE_MERCHANT_ID'] = 'is unset; set that of your own account';
    if (!isSandboxs && this.BRAINTREE_PUBLIC_KEY === SANDBOX_BRAINTREE.publicKey)
      wrong['BRAINTREE_PUBLIC_KEY'] = 'is unset; set the one that belongs to BRAINTREE_PRIVATE_KEY';
    const isUnset = BRAINTREE_MERCHANT_ACCOUNTS.join() === SANDBOX_BRAINTREE.merchantAccounts.join();
    if (!isSandboxs && isUnset && !BRAINTREE_API_BASE)
      wrong['BRAINTREE_MERCHANT_ACCOUNTS'] = 'is unset; name your merchant account for each currency';
    const currencies = BRAINTREE_MERCHANT_ACCOUNTS.map((it) => it.slice(0, 3));
    if (new Set(currencies).size < currencies.length)
      wrong['BRAINTREE_MERCHANT_ACCOUNTS'] = 'names two accounts for one currency';
    if (isSandboxs && SANDBOX_PORT === 'off' && !BRAINTREE_API_BASE && !isProduction)
      wrong['BRAINTREE_PRIVATE_KEY'] =
        'is unset, and SANDBOX_PORT is off: set a key, or say by BRAINTREE_API_BASE where a sandbox runs';
    if (BRAINTREE_API_BASE && !isNearby(BRAINTREE_API_BASE))
      wrong['BRAINTREE_API_BASE'] = 'is not a sandbox nearby: the key would be sent to a stranger';
    if (PAYMENT_GATEWAY === 'braintree' && PAYMENT_FIELDS === 'redirect')
      wrong['PAYMENT_FIELDS'] =
        'must be embedded with PAYMENT_GATEWAY=braintree, which has fields for our page and no page of its own';
    if (isProduction && isSandboxs)
      wrong['BRAINTREE_PRIVATE_KEY'] = "is the sandbox's; production needs a key of your own account";
    if (isProduction && BRAINTREE_API_BASE)
      wrong['BRAINTREE_API_BASE'] = 'must be unset in production: the key goes to Braintree only';
    return wrong;
  }
}
