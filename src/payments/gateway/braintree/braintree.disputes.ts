import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BraintreeSdk, Dispute } from 'braintree';
import { PaymentsError } from '../../payments.contract.js';
import type { DisputeEvidence, DisputeOutcome, EvidenceFile } from '../gateway.js';
import { accepted, BraintreeRefusal, isNoAnswer, unknown } from './braintree.errors.js';
import { disputeOutcomeOf, returnOutcomeOf, saleOfReturn } from './braintree.mapping.js';

export async function readDispute(sdk: BraintreeSdk, id: string): Promise<DisputeOutcome> {
  const returned = saleOfReturn(id);
  if (returned) return returnOutcomeOf(await sdk.transaction.find(returned));
  return disputeOutcomeOf(await find(sdk, id));
}

async function find(sdk: BraintreeSdk, id: string): Promise<Dispute> {
  return (await sdk.dispute.find(id)).dispute;
}

export async function disputed(call: () => Promise<DisputeOutcome>): Promise<DisputeOutcome> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof BraintreeRefusal)
      throw new PaymentsError('dispute_closed', `Braintree did not take this: ${error.message}`);
    if (isNoAnswer(error)) return unknown(error);
    throw error; // a dispute that Braintree does not know: a bug of ours
  }
}

/**
 * Words and files go up one by one, and are handed in together. There is no key for that: what is there already is not
 * sent again. https://developer.paypal.com/braintree/docs/guides/disputes/manage/node
 */
export async function sendEvidence(
  sdk: BraintreeSdk,
  id: string,
  { text, files, submit }: DisputeEvidence,
): Promise<DisputeOutcome> {
  const { status, evidence = [] } = await find(sdk, id);
  if (status !== 'open' && submit) return readDispute(sdk, id); // handed in before
  const known = new Set(evidence.map(({ comment }) => comment));
  for (const [name, said] of Object.entries(text)) {
    const content = `${name.replaceAll('_', ' ')}: ${said}`;
    if (!known.has(content)) accepted(await sdk.dispute.addTextEvidence(id, { content }));
  }
  for (const file of files) accepted(await sdk.dispute.addFileEvidence(id, await uploaded(sdk, file)));
  if (submit) accepted(await sdk.dispute.finalize(id));
  return readDispute(sdk, id);
}

export async function acceptDispute(sdk: BraintreeSdk, id: string): Promise<DisputeOutcome> {
  const { status } = await find(sdk, id);
  if (status !== 'accepted') accepted(await sdk.dispute.accept(id));
  return readDispute(sdk, id);
}

const ENDINGS: Record<EvidenceFile['contentType'], string> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
};

/** The SDK sends files from the disk only, and tells their kind by the name: it is there for as long as that takes. */
async function uploaded(
  sdk: BraintreeSdk,
  { kind, contentType, content }: EvidenceFile,
): Promise<{ documentId: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-evidence-')); // nobody else may look into it
  try {
    const path = join(folder, `${kind}.${ENDINGS[contentType]}`);
    await writeFile(path, content, { mode: 0o600 });
    const file = createReadStream(path);
    const { documentUpload } = accepted(
      await sdk.documentUpload.create({ kind: 'evidence_document', file }).finally(() => file.destroy()),
    );
    return { documentId: documentUpload!.id };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
