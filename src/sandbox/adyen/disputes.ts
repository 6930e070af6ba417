import { closeDispute } from '../behaviour/disputing.js';
import type { Changes } from '../state/changes.js';
import type { Dispute } from '../state/resources-money.js';
import { type AdyenRoute, type Ask, type Json, route } from './route.js';
import { byPsp } from './names.js';

const SERVICE = '/ca/services/DisputeService/v30';
const REQUIRED = ['merchantAccountCode', 'disputePspReference'];
/** A defense reason with the documents that it takes, as an example of what networks offer. */
const REASON = 'SupplyDefenseMaterial';
const DOCUMENT_TYPES = ['DefenseMaterial', 'TandC', 'AdditionalEvidence', 'SupportingDocuments'];
/** https://docs.adyen.com/risk-management/disputes-api/supply-defense-documents */
const CONTENT_TYPES = ['application/pdf', 'image/jpg', 'image/tiff'];

interface Document {
  defenseDocumentTypeCode: string;
  contentType: string;
  content: string;
}

/** https://docs.adyen.com/api-explorer/Disputes/30/overview. Nothing of it can be read: webhooks tell how a dispute stands. */
export const disputes: AdyenRoute[] = [
  route(`POST ${SERVICE}/retrieveApplicableDefenseReasons`, { required: REQUIRED }, (ask) =>
    answered(ask, (dispute) => ({
      defenseReasons: [
        {
          defenseReasonCode: REASON,
          satisfied: dispute.evidence['uncategorized_file'] !== null,
          defenseDocumentTypes: DOCUMENT_TYPES.map((defenseDocumentTypeCode) => ({
            defenseDocumentTypeCode,
            available: false,
            requirementLevel: 'Optional',
          })),
        },
      ],
    })),
  ),

  route(`POST ${SERVICE}/supplyDefenseDocument`, { required: [...REQUIRED, 'defenseDocuments'] }, (ask) =>
    answered(ask, (dispute) => {
      for (const { defenseDocumentTypeCode, contentType, content } of ask.body[
        'defenseDocuments'
      ] as Document[]) {
        if (!DOCUMENT_TYPES.includes(defenseDocumentTypeCode)) throw new Refused('Unknown document type');
        if (!CONTENT_TYPES.includes(contentType)) throw new Refused('Unsupported content type');
        if (!content) throw new Refused('Document is empty');
      }
      const evidence = { ...dispute.evidence, uncategorized_file: 'supplied' };
      ask.changes.save<Dispute>({ ...dispute, evidence });
      return {};
    }),
  ),

  route(`POST ${SERVICE}/defendDispute`, { required: [...REQUIRED, 'defenseReasonCode'] }, (ask) =>
    answered(ask, (dispute) => {
      if (dispute.evidence['uncategorized_file'] === null) throw new Refused('Supply documents first');
      const isInquiry = dispute.status.startsWith('warning');
      const defended = ask.changes.save<Dispute>({
        ...dispute,
        status: isInquiry ? 'warning_under_review' : 'under_review',
        evidence_details: { ...dispute.evidence_details, has_evidence: true, submission_count: 1 },
      });
      ask.changes.emit('charge.dispute.updated', defended);
      return {};
    }),
  ),

  route(`POST ${SERVICE}/acceptDispute`, { required: REQUIRED }, (ask) =>
    answered(ask, (dispute) => {
      closeDispute(ask.changes, dispute, dispute.status.startsWith('warning') ? 'warning_closed' : 'lost');
      return {};
    }),
  ),
];

class Refused extends Error {}

/** A refusal of this service is an answer with `success: false`. */
function answered({ changes, body }: Ask, carryOut: (dispute: Dispute) => Json): Json {
  try {
    const more = carryOut(openDispute(changes, body['disputePspReference']));
    return { ...more, disputeServiceResult: { success: true } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { disputeServiceResult: { success: false, errorMessage: error.message } };
  }
}

function openDispute(changes: Changes, reference: unknown): Dispute {
  const dispute = byPsp(changes.all('dispute'), reference);
  if (!dispute) throw new Refused('Dispute not found');
  if (!dispute.status.endsWith('needs_response')) throw new Refused('Dispute is not open for defense');
  return dispute;
}
