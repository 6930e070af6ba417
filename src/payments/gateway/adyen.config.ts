import { IsIn, IsOptional, IsUrl, Matches } from 'class-validator';
import { CommaList } from '../../platform/configuration/comma-list.js';
import { httpUrl } from '../../platform/configuration/http-url.js';
import { isNearby } from '../../platform/configuration/nearby.js';
import { Variable } from '../../platform/configuration/variable.js';
import type { Chosen, GatewaySettings } from './gateway-settings.js';

/** What the sandbox's development account answers to in Adyen's words. */
const SANDBOX_ADYEN = {
  apiKey: 'AQE_test_sandbox',
  merchantAccount: 'SandboxECOM',
  clientKey: 'test_sandbox',
  hmacKey: '5A'.repeat(32),
  credentials: 'sandbox:sandbox',
};

/** What is read from the environment of Adyen. */
export class AdyenConfig implements GatewaySettings {
  @Variable({
    meaning: "Adyen's API key",
    defaultShown: "the sandbox's",
    example: 'AQEyhmfxK...',
    secret: true,
    followed: true,
  })
  @Matches(/^AQ\S+$/, { message: 'must begin with AQ' })
  ADYEN_API_KEY = SANDBOX_ADYEN.apiKey;

  @Variable({ meaning: "Adyen's merchant account", defaultShown: "the sandbox's", example: 'ExampleEduECOM' })
  @Matches(/^\w{1,80}$/, { message: 'must be the name of a merchant account' })
  ADYEN_MERCHANT_ACCOUNT = SANDBOX_ADYEN.merchantAccount;

  @Variable({
    meaning:
      "Adyen's client key, for its fields in our page: public, and bound to the addresses that are allowed for it",
    defaultShown: "the sandbox's",
    example: 'test_870be2c4a1d34b',
  })
  @Matches(/^(test|live)_\w+$/, { message: 'must begin with test_ or live_' })
  ADYEN_CLIENT_KEY = SANDBOX_ADYEN.clientKey;

  @Variable({
    meaning: 'HMAC keys of the webhooks, in hexadecimal, as a comma list, the newest first',
    defaultShown: "the sandbox's",
    example: '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
    secret: true,
    followed: true,
  })
  @CommaList()
  @Matches(/^([0-9A-Fa-f]{2}){32}$/, { each: true, message: 'must each be 64 hexadecimal digits' })
  ADYEN_HMAC_KEYS: string[] = [SANDBOX_ADYEN.hmacKey];

  @Variable({
    meaning: 'user and password of the webhooks as `user:password`, as a comma list, the newest first',
    defaultShown: "the sandbox's",
    example: 'adyen:a-long-random-password',
    secret: true,
    followed: true,
  })
  @CommaList()
  @Matches(/^[^:,]+:[^,]+$/, { each: true, message: 'must each be user:password' })
  ADYEN_WEBHOOK_CREDENTIALS: string[] = [SANDBOX_ADYEN.credentials];

  @Variable({ meaning: "which of Adyen's environments the key is for", example: 'live' })
  @IsIn(['test', 'live'])
  ADYEN_ENVIRONMENT: 'test' | 'live' = 'test';

  @Variable({
    meaning: "the prefix of your account's live addresses at Adyen",
    defaultShown: 'unset: the test environment has none',
    example: '1797a841fbb37ca7-ExampleEdu',
  })
  @IsOptional()
  @Matches(/^[\w-]+$/, { message: 'must be letters, digits and hyphens' })
  ADYEN_LIVE_PREFIX?: string;

  @Variable({
    meaning: 'address of an Adyen-shaped server',
    defaultShown: 'the sandbox where no key is set, else Adyen',
    example: 'http://127.0.0.1:23600',
  })
  @IsOptional()
  @IsUrl(httpUrl)
  ADYEN_API_BASE?: string;

  readonly modeSetting = 'ADYEN_ENVIRONMENT';
  readonly fields = 'redirect';

  get hasSandboxKey(): boolean {
    return this.ADYEN_API_KEY === SANDBOX_ADYEN.apiKey;
  }

  /** Where its page stands, Adyen says with each session; no list of that is documented. */
  get hosts(): string[] {
    if (this.ADYEN_ENVIRONMENT === 'test') return ['checkout-test.adyen.com', 'ca-test.adyen.com'];
    return [`${this.ADYEN_LIVE_PREFIX}-checkout-live.adyenpayments.com`, 'ca-live.adyen.com'];
  }

  get mode(): 'test' | 'live' {
    return this.ADYEN_ENVIRONMENT;
  }

  get elsewhere(): string | undefined {
    return this.ADYEN_API_BASE;
  }

  get sandboxWebhook(): Record<string, string> {
    return {
      SANDBOX_WEBHOOK_SECRET: this.ADYEN_HMAC_KEYS[0]!,
      SANDBOX_WEBHOOK_CREDENTIALS: this.ADYEN_WEBHOOK_CREDENTIALS[0]!,
    };
  }

  wrong(
    { PAYMENT_GATEWAY, PAYMENT_FIELDS, SANDBOX_PORT }: Chosen,
    isProduction: boolean,
  ): Record<string, string> {
    const wrong: Record<string, string> = {};
    const isSandboxs = this.hasSandboxKey;
    if (!isSandboxs && this.ADYEN_MERCHANT_ACCOUNT === SANDBOX_ADYEN.merchantAccount && !this.ADYEN_API_BASE)
      wrong['ADYEN_MERCHANT_ACCOUNT'] = 'is unset; set the name of your own merchant account';
    if (!isSandboxs && this.ADYEN_HMAC_KEYS.includes(SANDBOX_ADYEN.hmacKey))
      wrong['ADYEN_HMAC_KEYS'] = "is the sandbox's, which everybody knows; set the key of your own webhook";
    if (!isSandboxs && this.ADYEN_WEBHOOK_CREDENTIALS.includes(SANDBOX_ADYEN.credentials))
      wrong['ADYEN_WEBHOOK_CREDENTIALS'] =
        "is the sandbox's, which everybody knows; set those of your own webhook";
    if (this.ADYEN_ENVIRONMENT === 'live' && !this.ADYEN_LIVE_PREFIX)
      wrong['ADYEN_LIVE_PREFIX'] = 'is unset; live addresses begin with the prefix of your account';
    if (isSandboxs && SANDBOX_PORT === 'off' && !this.ADYEN_API_BASE && !isProduction)
      wrong['ADYEN_API_KEY'] =
        'is unset, and SANDBOX_PORT is off: set a key, or say by ADYEN_API_BASE where a sandbox runs';
    if (this.ADYEN_API_BASE && !isNearby(this.ADYEN_API_BASE))
      wrong['ADYEN_API_BASE'] = 'is not a sandbox nearby: the key would be sent to a stranger';
    const hasFields = PAYMENT_GATEWAY === 'adyen' && PAYMENT_FIELDS === 'embedded';
    if (hasFields && !this.ADYEN_CLIENT_KEY.startsWith(this.ADYEN_ENVIRONMENT))
      wrong['ADYEN_CLIENT_KEY'] = 'and ADYEN_ENVIRONMENT are of different modes: one is live, the other test';
    if (hasFields && !isSandboxs && this.ADYEN_CLIENT_KEY === SANDBOX_ADYEN.clientKey && !this.ADYEN_API_BASE)
      wrong['ADYEN_CLIENT_KEY'] =
        'is unset; set the client key of your own account for its fields in our page';
    if (isProduction && isSandboxs)
      wrong['ADYEN_API_KEY'] = "is the sandbox's; production needs a key of your own account";
    if (isProduction && this.ADYEN_API_BASE)
      wrong['ADYEN_API_BASE'] = 'must be unset in production: the key goes to Adyen only';
    return wrong;
  }
}
