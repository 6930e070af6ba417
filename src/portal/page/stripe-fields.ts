import type { StripeConstructor } from '@stripe/stripe-js';
import { type OpenFields, unavailable } from './gateway-fields.js';
import { returnAddress } from './places.js';

/** Stripe's element for cards and bank accounts. https://docs.stripe.com/payments/payment-element */
export const stripeFields: OpenFields = ({ id, clientSecret, publishableKey }, place) => {
  const Stripe: StripeConstructor | undefined = window.Stripe;
  if (!Stripe || !clientSecret || !publishableKey) throw unavailable();
  const stripe = Stripe(publishableKey);
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const elements = stripe.elements({ clientSecret, appearance: { theme: isDark ? 'night' : 'stripe' } });
  const element = elements.create('payment', {
    layout: 'tabs',
    wallets: { applePay: 'never', googlePay: 'never' },
  });
  return {
    draw: () =>
      new Promise((resolve) => {
        element.on('ready', () => resolve());
        element.mount(place);
      }),
    save: async () => {
      const { error } = await stripe.confirmSetup({
        elements,
        confirmParams: { return_url: returnAddress({ setup: id }) },
        redirect: 'if_required',
      });
      return error ? { problem: error.message ?? '' } : { returned: null };
    },
  };
};
