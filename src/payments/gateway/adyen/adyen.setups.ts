import type adyen from '@adyen/api-library';
import type { Types } from '@adyen/api-library';
import type { SetupOutcome, SetupRequest, StartedSetup } from '../saving.js';
import { methodOf, storedMethods, typeAtAdyen } from './adyen.methods.js';
import type { NewsItem } from './adyen.webhooks.js';

type Checkout = InstanceType<typeof adyen.CheckoutAPI>;
type Asked = Types.checkout.CreateCheckoutSessionRequest;

/** Adyen's own page, to which the payer's browser is sent. https://docs.adyen.com/online-payments/build-your-integration/sessions-flow?platform=Web&integration=Hosted+Checkout */
export async function hostedPage(
  checkout: Checkout,
  account: string,
  { setupIntentId, providerCustomer, type, returnUrl, key }: SetupRequest,
): Promise<StartedSetup> {
  const back = new URL(returnUrl!);
  back.searchParams.set('setup_intent', setupIntentId);
  // The SDK's enumerations are values of a namespace that an ES module cannot import: their words are written out.
  const request = {
    merchantAccount: account,
    amount: { value: 0, currency: 'USD' }, // nothing is charged: the card's bank is asked whether it is good
    countryCode: 'US', // bank accounts are offered there alone
    reference: setupIntentId,
    returnUrl: back.href,
    mode: 'hosted',
    shopperReference: providerCustomer,
    shopperInteraction: 'Ecommerce',
    storePaymentMethodMode: 'enabled',
    recurringProcessingModel: 'UnscheduledCardOnFile',
    allowedPaymentMethods: [typeAtAdyen(type)],
  };
  const session = await checkout.PaymentsApi.sessions(request as unknown as Asked, { idempotencyKey: key });
  // Its news bear our reference, so that is how we know it.
  return {
    providerSetup: setupIntentId,
    redirectUrl: session.url ?? null,
    clientSecret: null,
    publishableKey: null,
    showsMandate: false, // a theme can be chosen for it, and no text
  };
}

/** What was told of a setup; how the saved method looks is asked. */
export async function readSetup(
  checkout: Checkout,
  account: string,
  news: readonly NewsItem[],
): Promise<SetupOutcome> {
  const tried = news.filter(({ eventCode }) => eventCode === 'AUTHORISATION');
  const done = tried.find(({ success }) => success === 'true');
  if (!done) {
    const refused = tried.at(-1);
    const refusal = refused
      ? (refused.additionalData?.['refusalReasonCode'] ?? refused.reason ?? 'refused')
      : null;
    return { status: 'incomplete', reason: refused ? 'refused' : 'open', refusal };
  }
  const id = done.additionalData?.['tokenization.storedPaymentMethodId'];
  const shopper = done.additionalData?.['tokenization.shopperReference'] ?? '';
  const stored = id && (await storedMethods(checkout, account, shopper)).find((it) => it.id === id);
  if (!stored) return { status: 'ended', reason: 'detached_at_gateway' }; // before we had heard of it
  return { status: 'succeeded', method: methodOf(shopper, stored), providerMandate: null };
}
