import type { Metadata, Resource } from './resources.js';

/** https://docs.stripe.com/api/checkout/sessions/object: the fields that matter to a hosted page. */
export interface CheckoutSession extends Resource {
  object: 'checkout.session';
  amount_total: number | null;
  cancel_url: string | null;
  client_reference_id: string | null;
  created: number;
  currency: string | null;
  custom_text: { submit: { message?: string } | null; [part: string]: unknown };
  customer: string | null;
  customer_email: string | null;
  expires_at: number;
  livemode: false;
  metadata: Metadata;
  mode: 'payment' | 'setup';
  payment_intent: string | null;
  payment_method_types: string[];
  payment_status: 'no_payment_required' | 'paid' | 'unpaid';
  setup_intent: string | null;
  status: 'complete' | 'expired' | 'open';
  success_url: string | null;
  url: string | null;
  sandbox: {
    /** What the payment intent is made from when the payer pays. */
    paymentIntent?: Record<string, unknown>;
    createsCustomer: boolean;
    /** Bank accounts are taken as they are given: whether they are good is nobody's concern here. */
    provesNoAccounts?: true;
    lineItems: { name: string; amount: number; quantity: number }[];
  };
  [key: string]: unknown;
}
