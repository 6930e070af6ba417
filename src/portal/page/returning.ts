import { api, Problem } from './api.js';
import { finishSignIn } from './issuer.js';
import { places } from './places.js';
import { settings } from './settings.js';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The gateway, the bank and the issuer send the payer back with what they say in the query. It becomes a place of the
 * page, and leaves the address at once: it may hold a secret, and a reload must not repeat it.
 */
export async function takeReturn(): Promise<void> {
  const query = new URLSearchParams(location.search);
  if (query.size === 0) return;
  history.replaceState(null, '', `/${location.hash}`);
  const place = await placeOf(query);
  if (place) history.replaceState(null, '', `/${place}`);
}

async function placeOf(query: URLSearchParams): Promise<string | null> {
  const { signIn } = settings();
  if (query.has('state') && signIn.kind === 'issuer') return finishSignIn(signIn, query);

  // `setup` is ours; in the embedded fields the gateway adds a `setup_intent` of its own.
  const setup = query.get('setup') ?? query.get('setup_intent') ?? '';
  if (ID.test(setup)) {
    if (query.has('redirectResult') || query.has('sessionResult')) await saved(setup, query);
    return query.get('cancelled') === 'true' ? places.cancelledSetup(setup) : places.setup(setup);
  }
  const payment = query.get('payment') ?? '';
  if (ID.test(payment) && query.has('redirectResult')) await completed(payment, query);
  const invoice = query.get('invoice') ?? '';
  return ID.test(invoice) ? places.invoice(invoice) : null;
}

/** Some gateways know what was saved by what they gave the payer's browser. How it stands is seen at the setup's place. */
async function saved(setupId: string, query: URLSearchParams): Promise<void> {
  try {
    await api.completeSetup(setupId, query.toString());
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // not yet, or not at all: it is asked once more there
  }
}

/** Some gateways take the money only once they are told that the payer is back. How it stands is seen on the invoice. */
async function completed(paymentId: string, query: URLSearchParams): Promise<void> {
  try {
    await api.returned(paymentId, query.toString());
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // it waits for them still, and says so
  }
}
