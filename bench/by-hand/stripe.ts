import Stripe from 'stripe';

const { hostname, port } = new URL(process.env['STRIPE_API_BASE']!);

export const stripe = new Stripe(process.env['STRIPE_SECRET_KEY']!, {
  host: hostname,
  port,
  protocol: 'http',
  telemetry: false,
});
