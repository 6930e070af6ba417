import { IsOptional, IsUrl, Matches } from 'class-validator';
import { CommaList } from '../../platform/configuration/comma-list.js';
import { httpUrl } from '../../platform/configuration/http-url.js';
import { isAt, isNearby } from '../../platform/configuration/nearby.js';
import { Variable } from '../../platform/configuration/variable.js';
import type { Chosen, GatewaySettings } from './gateway-settings.js';

/** What the sandbox's development account answers to. */
const SANDBOX_SECRET_KEY = 'sk_test_sandbox';
const SANDBOX_PUBLISHABLE_KEY = 'pk_test_sandbox';
const SANDBOX_WEBHOOK_SECRET = 'whsec_sandbox';

/** Where Stripe is: the only host that its key is sent to in production. */
export const STRIPE_ORIGIN = 'https://api.stripe.com';

/** What is read from the environment of Stripe. */
export class StripeConfig implements GatewaySettings {
  @Variable({
    meaning: "Stripe's secret or restricted key",
    defaultShown: "the sandbox's",
    example: 'rk_live_...',
    secret: true,
    followed: true,
  })
  @Matches(/^(sk|rk)_(test|live)_\S+$/, {
    message: 'must begin with sk_test_, sk_live_, rk_test_ or rk_live_',
  })
  STRIPE_SECRET_KEY = SANDBOX_SECRET_KEY;

  @Variable({ meaning: "Stripe's publishable key", defaultShown: "the sandbox's", example: 'pk_live_...' })
  @Matches(/^pk_(test|live)_\S+$/, { message: 'must begin with pk_test_ or pk_live_' })
  STRIPE_PUBLISHABLE_KEY = SANDBOX_PUBLISHABLE_KEY;

  @Variable({
    meaning: 'signing secrets of the webhook endpoint, as a comma list, the newest first',
    defaultShown: "the sandbox's",
    example: 'whsec_new,whsec_old',
    secret: true,
    followed: true,
  })
  @CommaList()
  @Matches(/^whsec_\S+$/, { each: true, message: 'must each begin with whsec_' })
  STRIPE_WEBHOOK_SECRETS: string[] = [SANDBOX_WEBHOOK_SECRET];

  @Variable({
    meaning: 'address of a Stripe-shaped server',
    defaultShown: 'the sandbox where no key is set, else Stripe',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  STRIPE_API_BASE?: string;

  readonly modeSetting = 'STRIPE_SECRET_KEY';
  readonly fields = 'redirect';
  readonly hosts = ['api.stripe.com', 'files.stripe.com', 'checkout.stripe.com'];

  get hasSandboxKey(): boolean {
    return this.STRIPE_SECRET_KEY === SANDBOX_SECRET_KEY;
  }

  get mode(): 'test' | 'live' {
    return modeOf(this.STRIPE_SECRET_KEY) === 'live' ? 'live' : 'test';
  }

  get elsewhere(): string | undefined {
    return this.STRIPE_API_BASE;
  }

  get sandboxWebhook(): Record<string, string> {
    return { SANDBOX_WEBHOOK_SECRET: this.STRIPE_WEBHOOK_SECRETS[0]! };
  }

  wrong({ SANDBOX_PORT }: Chosen, isProduction: boolean): Record<string, string> {
    const wrong: Record<string, string> = {};
    const { hasSandboxKey: isSandboxs, STRIPE_API_BASE } = this;
    if (modeOf(this.STRIPE_SECRET_KEY) !== modeOf(this.STRIPE_PUBLISHABLE_KEY))
      wrong['STRIPE_PUBLISHABLE_KEY'] =
        'and STRIPE_SECRET_KEY are of different modes: one is live, the other test';
    if (!isSandboxs && this.STRIPE_WEBHOOK_SECRETS.includes(SANDBOX_WEBHOOK_SECRET))
      wrong['STRIPE_WEBHOOK_SECRETS'] =
        "is the sandbox's, which everybody knows; set the secret of your own endpoint";
    if (isSandboxs && SANDBOX_PORT === 'off' && !STRIPE_API_BASE && !isProduction)
      wrong['STRIPE_SECRET_KEY'] =
        'is unset, and SANDBOX_PORT is off: set a key, or say by STRIPE_API_BASE where a sandbox runs';
    if (STRIPE_API_BASE && !isAt(STRIPE_ORIGIN, STRIPE_API_BASE) && !isNearby(STRIPE_API_BASE))
      wrong['STRIPE_API_BASE'] =
        'is neither Stripe nor a sandbox nearby: the key would be sent to a stranger';
    if (isProduction && isSandboxs)
      wrong['STRIPE_SECRET_KEY'] = "is the sandbox's; production needs a key of your own account";
    if (isProduction && STRIPE_API_BASE && !isAt(STRIPE_ORIGIN, STRIPE_API_BASE))
      wrong['STRIPE_API_BASE'] = `must be ${STRIPE_ORIGIN} in production: the key goes nowhere else`;
    return wrong;
  }
}

function modeOf(key: string): string | undefined {
  return key.split('_')[1];
}
