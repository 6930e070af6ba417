/**
 * What the publishable key may see of an intent, https://docs.stripe.com/api/payment_intents/object: fields marked
 * "retrievable with publishable key". No customer, no metadata, no charge.
 */
const SEEN = new Set([
  'id',
  'object',
  'amount',
  'amount_details',
  'automatic_payment_methods',
  'canceled_at',
  'cancellation_reason',
  'capture_method',
  'client_secret',
  'confirmation_method',
  'created',
  'currency',
  'description',
  'last_payment_error',
  'last_setup_error',
  'livemode',
  'next_action',
  'payment_method',
  'payment_method_configuration_details',
  'payment_method_types',
  'processing',
  'receipt_email',
  'setup_future_usage',
  'shipping',
  'source',
  'status',
  'usage',
]);

export function browserView(object: Record<string, unknown>): Record<string, unknown> {
  if (object.object !== 'payment_intent' && object.object !== 'setup_intent') return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => SEEN.has(name)));
}

/** The intent that an error carries is shown in the same way. */
export function browserError(body: object): object {
  const shown = Object.entries(body).map(([name, value]: [string, unknown]) =>
    name === 'payment_intent' || name === 'setup_intent'
      ? [name, browserView(value as Record<string, unknown>)]
      : [name, value],
  );
  return Object.fromEntries(shown) as object;
}
