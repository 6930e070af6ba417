import { createHash } from 'node:crypto';
import type { BraintreeSdk } from 'braintree';
import type { SetupOutcome, SetupRequest, StartedSetup } from '../saving.js';
import { accepted, BraintreeRefusal, ID_IN_USE, TOKEN_IN_USE } from './braintree.errors.js';
import { findCard, methodOf } from './braintree.methods.js';

/** Braintree takes ids of up to 36 letters, digits, hyphens and underscores. */
const CUSTOMER_ID_LENGTH = 32;
/** The name under which the fields' own forms send what stands for the card. */
const NONCE = 'payment_method_nonce';

/** The id is ours to give, so the same key makes the same customer. */
export async function createCustomer(sdk: BraintreeSdk, key: string): Promise<string> {
  const id = createHash('sha256').update(key).digest('hex').slice(0, CUSTOMER_ID_LENGTH);
  try {
    accepted(await sdk.customer.create({ id }));
  } catch (error) {
    if (!(error instanceof BraintreeRefusal) || !error.has(ID_IN_USE)) throw error;
  }
  return id;
}

/**
 * What the fields in our page need. Braintree keeps nothing of a setup: the saved card's token will be our id of it.
 * https://developer.paypal.com/braintree/docs/reference/request/client-token/generate/node
 */
export async function embeddedFields(
  sdk: BraintreeSdk,
  { setupIntentId, providerCustomer }: SetupRequest,
): Promise<StartedSetup> {
  const { clientToken } = accepted(await sdk.clientToken.generate({}));
  return {
    providerSetup: `${providerCustomer}/${setupIntentId}`,
    redirectUrl: null,
    clientSecret: clientToken,
    publishableKey: null,
  };
}

/** The fields gave this for the card: it is saved, once its bank says that it is good. */
export async function setupReturned(
  sdk: BraintreeSdk,
  providerSetup: string,
  brought: Record<string, string>,
): Promise<SetupOutcome> {
  const paymentMethodNonce = brought[NONCE];
  if (!paymentMethodNonce) return readSetup(sdk, providerSetup);
  const { customerId, token } = partsOf(providerSetup);
  try {
    const { success, paymentMethod, verification } = accepted(
      await sdk.paymentMethod.create({
        ...{ customerId, token, paymentMethodNonce },
        options: { verifyCard: true },
      }),
    );
    if (success && paymentMethod)
      return { status: 'succeeded', method: methodOf(paymentMethod), providerMandate: null };
    const refusal = verification?.gatewayRejectionReason ?? verification?.processorResponseCode ?? 'refused';
    return { status: 'incomplete', reason: 'refused', refusal };
  } catch (error) {
    if (!(error instanceof BraintreeRefusal)) throw error;
    // Saved by an earlier try of the same; or the nonce is used up, and the payer has to type again.
    if (error.has(...TOKEN_IN_USE)) return readSetup(sdk, providerSetup);
    const known = await readSetup(sdk, providerSetup);
    return known.status === 'succeeded' ? known : { ...known, refusal: error.codes[0] ?? null };
  }
}

type Readable =
  Extract<SetupOutcome, { status: 'succeeded' }> | Extract<SetupOutcome, { status: 'incomplete' }>;

/** Saved, or nothing is known: which cards were refused before is told by the answer only. */
export async function readSetup(sdk: BraintreeSdk, providerSetup: string): Promise<Readable> {
  const card = await findCard(sdk, partsOf(providerSetup).token);
  if (card) return { status: 'succeeded', method: methodOf(card), providerMandate: null };
  return { status: 'incomplete', reason: 'open', refusal: null };
}

function partsOf(providerSetup: string): { customerId: string; token: string } {
  const [customerId = '', token = ''] = providerSetup.split('/');
  return { customerId, token };
}
