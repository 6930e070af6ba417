import type Stripe from 'stripe';
import type { DisputeEvidence, DisputeOutcome } from '../gateway.js';
import { isDefiniteNo, unknown } from './stripe.errors.js';
import { disputeOutcomeOf } from './stripe.mapping.js';

export async function disputed(call: () => Promise<Stripe.Dispute>): Promise<DisputeOutcome> {
  try {
    return disputeOutcomeOf(await call());
  } catch (error) {
    if (isDefiniteNo(error)) throw error; // we asked for something that Stripe does not do: a bug of ours
    return unknown(error);
  }
}

/** Files go up one by one, then the evidence names them. https://docs.stripe.com/disputes/api */
export async function sendEvidence(
  stripe: Stripe,
  providerDispute: string,
  { text, files, submit }: DisputeEvidence,
  key: string,
): Promise<Stripe.Dispute> {
  const evidence: Record<string, string> = { ...text };
  for (const [index, { kind, contentType, content }] of files.entries()) {
    const upload = {
      purpose: 'dispute_evidence' as const,
      file: { data: content, name: kind, type: contentType },
    };
    const file = await stripe.files.create(upload, { idempotencyKey: `${key}:${index}` });
    evidence[kind === 'other' ? 'uncategorized_file' : kind] = file.id;
  }
  return stripe.disputes.update(providerDispute, { evidence, submit }, { idempotencyKey: key });
}
