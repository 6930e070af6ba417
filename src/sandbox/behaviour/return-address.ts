import type { Challenge, PaymentIntent, SetupIntent } from '../state/resources.js';

/**
 * The payer comes back from the issuer with what the gateway has put into the address. Stripe:
 * https://docs.stripe.com/payments/accept-a-payment; Adyen: https://docs.adyen.com/online-payments/3d-secure/redirect-3ds2
 */
export function returnAddress({ id, returnUrl }: Challenge, intent: PaymentIntent | SetupIntent): string {
  const url = new URL(returnUrl!);
  if (intent.sandbox.waitsForDetails) {
    url.searchParams.set('redirectResult', id);
    return url.toString();
  }
  url.searchParams.set(intent.object, intent.id);
  url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret);
  url.searchParams.set('redirect_status', problemOf(intent) ? 'failed' : 'succeeded');
  return url.toString();
}

export function problemOf(intent: PaymentIntent | SetupIntent | undefined): string | undefined {
  const error = intent?.object === 'setup_intent' ? intent.last_setup_error : intent?.last_payment_error;
  return error?.message;
}
