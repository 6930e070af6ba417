import { closeDispute, EVIDENCE_FILES, EVIDENCE_TEXTS } from '../behaviour/disputing.js';
import type { Changes } from '../state/changes.js';
import type { Dispute } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';
import { listOfPage, pagination } from '../wire/lists.js';
import {
  anyHash,
  boolean,
  changedMetadata,
  clearable,
  hash,
  metadata,
  string,
  type Reader,
} from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/disputes */
const pieces = [...EVIDENCE_TEXTS, ...EVIDENCE_FILES].map((name) => [name, clearable] as const);
const evidence = hash({
  ...(Object.fromEntries(pieces) as Record<(typeof pieces)[number][0], Reader<string | null>>),
  enhanced_evidence: anyHash,
});

/** https://docs.stripe.com/testing#evidence: these words in `uncategorized_text` decide a test dispute. */
const VERDICTS: Record<string, 'won' | 'lost' | undefined> = {
  winning_evidence: 'won',
  losing_evidence: 'lost',
};
const VERDICT_AFTER_SECONDS = 1;

export const disputes = [
  route(
    'GET /v1/disputes',
    { ...pagination, charge: string, payment_intent: string },
    ({ changes, params }) => {
      return listOfPage(changes.all('dispute'), params, '/v1/disputes', [
        ({ charge }) => !params.charge || charge === params.charge,
        ({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent,
      ]);
    },
  ),

  route('GET /v1/disputes/:id', {}, ({ changes, id }) => changes.get('dispute', id, 'dispute')),

  route('POST /v1/disputes/:id', { evidence, metadata, submit: boolean }, ({ changes, params, id }) => {
    const dispute = openDisputeOf(changes, id);
    refuseUnknownFiles(changes, params.evidence ?? {});
    const merged = { ...dispute.evidence, ...params.evidence };
    const hasEvidence = Object.values(merged).some((value) => typeof value === 'string');
    // Without `submit` the evidence goes to the bank at once; there is one submission only.
    const isSubmitted = params.evidence !== undefined && params.submit !== false;
    if (isSubmitted && dispute.evidence_details.submission_count > 0) throw alreadySubmitted(dispute);
    const updated = changes.save<Dispute>({
      ...dispute,
      evidence: merged,
      evidence_details: {
        ...dispute.evidence_details,
        has_evidence: hasEvidence,
        submission_count: dispute.evidence_details.submission_count + (isSubmitted ? 1 : 0),
      },
      metadata: changedMetadata(dispute.metadata, params.metadata),
      ...(isSubmitted && {
        status: dispute.status.startsWith('warning') ? 'warning_under_review' : 'under_review',
      }),
    });
    changes.emit('charge.dispute.updated', updated);
    const verdict = isSubmitted ? VERDICTS[String(merged.uncategorized_text)] : undefined;
    if (verdict) changes.schedule(`dispute.${verdict}`, id, VERDICT_AFTER_SECONDS);
    return updated;
  }),

  // https://docs.stripe.com/api/disputes/close: gives in, for good.
  route('POST /v1/disputes/:id/close', {}, ({ changes, id }) => {
    const dispute = openDisputeOf(changes, id);
    return closeDispute(changes, dispute, dispute.status.startsWith('warning') ? 'warning_closed' : 'lost');
  }),
];

function openDisputeOf(changes: Changes, id: string): Dispute {
  const dispute = changes.get('dispute', id, 'dispute');
  if (dispute.status === 'needs_response' || dispute.status === 'warning_needs_response') return dispute;
  if (dispute.status === 'under_review' || dispute.status === 'warning_under_review') {
    throw alreadySubmitted(dispute);
  }
  throw invalidRequest('This dispute is already closed', 'dispute_already_closed');
}

function alreadySubmitted(dispute: Dispute): Error {
  const message = `Evidence for ${dispute.id} has already been submitted and is with the bank.`;
  return invalidRequest(message, 'dispute_evidence_submitted');
}

function refuseUnknownFiles(changes: Changes, given: Record<string, unknown>): void {
  for (const name of EVIDENCE_FILES) {
    const file = given[name];
    if (typeof file === 'string') changes.get('file', file, `evidence[${name}]`);
  }
}
