import type Stripe from 'stripe';
import type { DisputeEvidence, DisputeOutcome } from '../gateway.js';
import { keyOfThisSending } from './stripe.client.js';
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

/** A dispute is answered once: a no to the second sending may mean that the first was taken, which the dispute itself says. */
export async function answered(
  stripe: Stripe,
  providerDispute: string,
  send: () => Promise<Stripe.Dispute>,
): Promise<DisputeOutcome> {
  try {
    return disputeOutcomeOf(await send());
  } catch (error) {
    if (!isDefiniteNo(error)) return unknown(error);
    const outcome = await disputed(() => stripe.disputes.retrieve(providerDispute));
    if (outcome.status === 'needs_response' || outcome.status === 'inquiry') throw error;
    return outcome;
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
  const idempotencyKey = keyOfThisSending(key);
  for (const [index, { kind, contentType, content }] of files.entries()) {
    const upload = {
      purpose: 'dispute_evidence' as const,
      file: { data: content, name: kind, type: contentType },
    };
    const file = await stripe.files.create(upload, { idempotencyKey: `${idempotencyKey}:${index}` });
    evidence[kind === 'other' ? 'uncategorized_file' : kind] = file.id;
  }
  return stripe.disputes.update(providerDispute, { evidence, submit }, { idempotencyKey });
}
