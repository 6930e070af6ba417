import type adyen from '@adyen/api-library';
import type { Types } from '@adyen/api-library';
import type { PaymentsConfig } from '../../payments.config.js';
import type { SetupOutcome, SetupRequest, StartedSetup } from '../saving.js';
import { refusalCodeOf } from './adyen.declines.js';
import { isDefiniteNo } from './adyen.errors.js';
import { methodOf, partsOf, storedMethods, tokenOf, typeAtAdyen } from './adyen.methods.js';
import { type AdyenNews, authorisationIn } from './adyen.news.js';

type Asked = Types.checkout.CreateCheckoutSessionRequest;

/** Where all of this is asked and heard of. */
interface AtAdyen {
  checkout: InstanceType<typeof adyen.CheckoutAPI>;
  news: AdyenNews;
  config: PaymentsConfig;
}

/** Adyen's own page, to which the payer's browser is sent. https://docs.adyen.com/online-payments/build-your-integration/sessions-flow?platform=Web&integration=Hosted+Checkout */
export async function hostedPage(at: AtAdyen, request: SetupRequest): Promise<StartedSetup> {
  const { url } = await beginSession(at, request, { mode: 'hosted' });
  return {
    providerSetup: tokenOf(request.providerCustomer, request.setupIntentId),
    redirectUrl: url ?? null,
    clientSecret: null,
    publishableKey: null,
    showsMandate: false, // a theme can be chosen for it, and no text
  };
}

/** Adyen's fields in our page. https://docs.adyen.com/online-payments/build-your-integration/sessions-flow?platform=Web&integration=Components */
export async function embeddedFields(at: AtAdyen, request: SetupRequest): Promise<StartedSetup> {
  // To the bank by redirect, as when a card is charged. https://docs.adyen.com/online-payments/3d-secure/redirect-3ds2
  const authenticationData = { threeDSRequestData: { nativeThreeDS: 'disabled' } };
  const kind = { mode: 'embedded', channel: 'Web', authenticationData };
  const { id, sessionData } = await beginSession(at, request, kind);
  return {
    providerSetup: tokenOf(request.providerCustomer, request.setupIntentId),
    redirectUrl: null,
    clientSecret: JSON.stringify({ id, sessionData }), // what `AdyenCheckout` takes as its session
    publishableKey: at.config.gateway.adyen.ADYEN_CLIENT_KEY,
    showsMandate: false,
  };
}

/** What is stored, is stored by a payment of nothing. https://docs.adyen.com/online-payments/tokenization/create-tokens */
async function beginSession(
  { checkout, config }: AtAdyen,
  { setupIntentId, providerCustomer, type, returnUrl, key }: SetupRequest,
  kind: object,
): Promise<Types.checkout.CreateCheckoutSessionResponse> {
  const back = new URL(returnUrl ?? config.RETURN_URL_ORIGINS[0]!); // demanded in any case
  back.searchParams.set('setup_intent', setupIntentId);
  // The SDK's enumerations are values of a namespace that an ES module cannot import: their words are written out.
  const request = {
    merchantAccount: config.gateway.adyen.ADYEN_MERCHANT_ACCOUNT,
    amount: { value: 0, currency: 'USD' }, // nothing is charged: the card's bank is asked whether it is good
    countryCode: 'US', // bank accounts are offered there alone
    reference: setupIntentId, // its news bear our reference, so that is how we know it
    returnUrl: back.href,
    shopperReference: providerCustomer,
    shopperInteraction: 'Ecommerce',
    storePaymentMethodMode: 'enabled',
    recurringProcessingModel: 'UnscheduledCardOnFile',
    allowedPaymentMethods: [typeAtAdyen(type)],
    ...kind,
  };
  return checkout.PaymentsApi.sessions(request as unknown as Asked, { idempotencyKey: key });
}

/** What was told of a setup; how the saved method looks is asked. */
export async function readSetup(at: AtAdyen, providerSetup: string): Promise<SetupOutcome> {
  const news = await at.news.about(referenceOf(providerSetup));
  const tried = news.filter(({ eventCode }) => eventCode === 'AUTHORISATION');
  const done = tried.find(({ success }) => success === 'true');
  if (!done) {
    const refused = tried.at(-1);
    return refused
      ? { status: 'incomplete', reason: 'refused', refusal: refusalCodeOf(refused) }
      : { status: 'incomplete', reason: 'open', refusal: null };
  }
  const id = done.additionalData?.['tokenization.storedPaymentMethodId'];
  const shopper = done.additionalData?.['tokenization.shopperReference'] ?? '';
  const stored = id && (await storedBy(at, shopper)).find((it) => it.id === id);
  return stored ? saved(shopper, stored) : { status: 'ended', reason: 'detached_at_gateway' }; // before we had heard of it
}

/** A setup as its news know it: our id of it. */
function referenceOf(providerSetup: string): string {
  return partsOf(providerSetup).storedPaymentMethodId;
}

function storedBy(
  { checkout, config }: AtAdyen,
  shopper: string,
): Promise<Types.checkout.StoredPaymentMethodResource[]> {
  return storedMethods(checkout, config.gateway.adyen.ADYEN_MERCHANT_ACCOUNT, shopper);
}

function saved(shopper: string, stored: Types.checkout.StoredPaymentMethodResource): SetupOutcome {
  return { status: 'succeeded', method: methodOf(shopper, stored), providerMandate: null };
}

/** The payer is back from Adyen's page, from its fields, or from their card's bank, with what these gave to their browser. */
export async function setupReturned(
  at: AtAdyen,
  providerSetup: string,
  { redirectResult, sessionId, sessionResult }: Record<string, string>,
): Promise<SetupOutcome> {
  const details = redirectResult
    ? await unlessRefused(() => at.checkout.PaymentsApi.paymentsDetails({ details: { redirectResult } }))
    : null;
  if (sessionId && sessionResult) {
    const outcome = await storedInSession(at, providerSetup, sessionId, sessionResult);
    if (outcome) return outcome;
  }
  const isDone = sessionResult !== undefined || details?.resultCode?.toString() === 'Authorised';
  if (isDone) await at.news.awaited(referenceOf(providerSetup), authorisationIn);
  return readSetup(at, providerSetup);
}

/**
 * A session's result says which payment stored something: known before its news are here, or without them. Null where it does
 * not say, or where the same was stored before, by another payment. https://docs.adyen.com/api-explorer/Checkout/72/get/sessions/(sessionId)
 */
async function storedInSession(
  at: AtAdyen,
  providerSetup: string,
  sessionId: string,
  result: string,
): Promise<SetupOutcome | null> {
  const session = await unlessRefused(() =>
    at.checkout.PaymentsApi.getResultOfPaymentSession(sessionId, result),
  );
  if (session?.reference !== referenceOf(providerSetup)) return null; // of another setup
  const isDone = ({ resultCode }: Types.checkout.Payment) => resultCode?.toString() === 'Authorised';
  const payments = new Set(session.payments?.filter(isDone).map(({ pspReference }) => pspReference));
  const shopper = partsOf(providerSetup).shopperReference;
  const stored = (await storedBy(at, shopper)).find(({ firstPspReference: by }) => by && payments.has(by));
  if (stored) return saved(shopper, stored);
  const turnedBack = session.status?.toString() === 'canceled';
  return turnedBack ? readSetup(at, providerSetup) : null; // with no news to wait for
}

async function unlessRefused<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (!isDefiniteNo(error)) throw error;
    return null;
  }
}
