import { IsIn, IsOptional, IsString, IsUrl, Matches } from 'class-validator';
import type { CrossChecked } from '../platform/configuration/configuration.js';
import { Variable } from '../platform/configuration/variable.js';

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const SANDBOX_PUBLISHABLE_KEY = 'pk_test_sandbox';
const STRIPE_SCRIPT = 'https://js.stripe.com/endive/stripe.js';
/** Stripe's script may come from nowhere else. https://docs.stripe.com/security/guide */
const STRIPE_SCRIPTS = 'https://js.stripe.com/';

/** What the payer's page reads from the environment: which fields it shows, and where the gateway's script is. No secret. */
export class PortalConfig implements CrossChecked {
  @Variable({
    meaning: "`redirect`: the gateway's own page; `embedded`: the gateway's fields in our page",
    example: 'embedded',
  })
  @IsIn(['redirect', 'embedded'])
  PAYMENT_FIELDS: 'redirect' | 'embedded' = 'redirect';

  @Variable({
    meaning: "address of the gateway's browser script, for `PAYMENT_FIELDS=embedded`",
    defaultShown: "the sandbox's where it is the gateway, else Stripe's",
    example: STRIPE_SCRIPT,
  })
  @IsOptional()
  @IsUrl(httpUrl)
  GATEWAY_SCRIPT_URL?: string;

  @Variable({
    meaning: "public client of AUTH_ISSUER that the payer's page signs in as",
    defaultShown: 'unset: the page cannot sign in by the issuer',
    example: 'tokenkeep-page',
  })
  @IsOptional()
  @IsString()
  AUTH_CLIENT_ID?: string;

  @Variable({ meaning: "Stripe's publishable key", defaultShown: "the sandbox's", example: 'pk_live_...' })
  @IsString()
  STRIPE_PUBLISHABLE_KEY = SANDBOX_PUBLISHABLE_KEY;

  @Variable({
    meaning: 'address of a Stripe-shaped server',
    defaultShown: 'the sandbox where no key is set, else Stripe',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  STRIPE_API_BASE?: string;

  @Variable({ meaning: 'port of the sandbox gateway; `off` does not start it', example: 'off' })
  @Matches(/^(off|\d{1,5})$/, { message: 'must be a port number or off' })
  SANDBOX_PORT = '4010';

  /** The script that draws the gateway's fields, or null where no script of a gateway ever runs in our page. */
  get gatewayScript(): string | null {
    if (this.PAYMENT_FIELDS === 'redirect') return null;
    if (this.GATEWAY_SCRIPT_URL) return this.GATEWAY_SCRIPT_URL;
    if (this.STRIPE_API_BASE) return new URL('/stripe.js', this.STRIPE_API_BASE).href;
    const usesSandbox = this.STRIPE_PUBLISHABLE_KEY === SANDBOX_PUBLISHABLE_KEY;
    return usesSandbox ? `http://127.0.0.1:${this.SANDBOX_PORT}/stripe.js` : STRIPE_SCRIPT;
  }

  contradictions(isProduction: boolean): Record<string, string> {
    const isForeign = isProduction && !this.gatewayScript?.startsWith(STRIPE_SCRIPTS);
    return isForeign && this.gatewayScript !== null
      ? { GATEWAY_SCRIPT_URL: `must begin with ${STRIPE_SCRIPTS} in production` }
      : {};
  }
}
