import { join } from 'node:path';
import { startChild } from '../child.js';
import { fiveMethodsOf } from '../payers.js';
import { median } from '../reading.js';
import type { Stage } from '../stage.js';

const REQUESTS = 400;

/** What the list of five saved methods costs beside the same query by hand, behind the same route and guard. */
export async function listing(stage: Stage): Promise<void> {
  const { options, postgres, results, surroundings } = stage;
  const child = await startChild(
    'listing',
    ['dist/bench/bench/listing/main.js'],
    {
      DATABASE_URL: await postgres.urlFor('tokenkeep_app', 'tokenkeep'),
      PAYMENTS_DATABASE_URL: await postgres.urlFor('tokenkeep_payments', 'tokenkeep'),
      DATA_FOLDER: join(surroundings.folder, 'tokenkeep'),
      SANDBOX_PORT: 'off',
      STRIPE_API_BASE: surroundings.gatewayUrl,
      STRIPE_SECRET_KEY: 'sk_test_listing',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_listing',
      STRIPE_WEBHOOK_SECRETS: 'whsec_listing',
      // One payer at one address asks for everything: counted as ever, and never refused.
      RATE_LIMIT_PER_ADDRESS: '1000000',
      RATE_LIMIT_PER_PERSON: '1000000',
    },
    { readyPath: '/health/ready', folder: surroundings.folder },
  );
  try {
    const token = await fiveMethodsOf(child.url, 'bench-listing');
    const times = { ours: [] as number[], byHand: [] as number[] };
    await meanOf(child.url, '/v1/payment-methods', token); // warm
    await meanOf(child.url, '/by-hand/payment-methods', token);
    for (let round = 0; round < options.rounds; round++) {
      times.ours.push(await meanOf(child.url, '/v1/payment-methods', token));
      times.byHand.push(await meanOf(child.url, '/by-hand/payment-methods', token));
    }
    const [ours, byHand] = [median(times.ours), median(times.byHand)];
    results.figures.set('listing ratio', ours / byHand);
    results.note(
      `List of 5 saved methods: ${ours.toFixed(2)} ms; the same query by hand with pg behind the same route and guard ${byHand.toFixed(2)} ms: ${(ours / byHand).toFixed(2)} times.`,
    );
  } finally {
    await child.stop();
  }
}

/** Milliseconds of one request, one after the other on one connection. */
async function meanOf(url: string, path: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const begun = performance.now();
  for (let left = REQUESTS; left > 0; left--) {
    const answer = await fetch(url + path, { headers });
    const { data } = (await answer.json()) as { data: unknown[] };
    if (data.length !== 5) throw new Error(`${path} lists ${data.length} methods instead of 5`);
  }
  return (performance.now() - begun) / REQUESTS;
}
