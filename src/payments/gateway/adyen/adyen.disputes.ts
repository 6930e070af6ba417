import type adyen from '@adyen/api-library';
import { PaymentsError } from '../../payments.contract.js';
import type { DisputeEvidence, DisputeOutcome, EvidenceFile } from '../gateway.js';
import { AdyenRefusal, isDefiniteNo, NoAnswer, unknown } from './adyen.errors.js';
import { pdfOf } from './adyen.pdf.js';

type Disputes = InstanceType<typeof adyen.DisputesAPI>['DisputesApi'];

interface Which {
  merchantAccountCode: string;
  disputePspReference: string;
}
interface Result {
  disputeServiceResult: { success: boolean; errorMessage?: string };
}

/** What Adyen takes as a document. https://docs.adyen.com/risk-management/disputes-api/supply-defense-documents */
const CONTENT_TYPES: Partial<Record<EvidenceFile['contentType'], string>> = {
  'application/pdf': 'application/pdf',
  'image/jpeg': 'image/jpg',
};

/** What an open dispute becomes by what we do. */
const BECOMES = {
  defended: { inquiry: 'inquiry_under_review', needs_response: 'under_review' },
  accepted: { inquiry: 'inquiry_closed', needs_response: 'lost' },
} as const;

/** Adyen said no to this, which may mean that it has it already: its calls about disputes know no key. */
class NotTaken extends PaymentsError {
  constructor(message: string) {
    super(
      'dispute_closed',
      `Adyen did not take this: ${message}. If it was sent before, it may have been taken then: its webhook will tell.`,
    );
  }
}

/** How the dispute stands, with what was just done to it, of which the news is on its way. */
export async function disputed(
  read: () => Promise<DisputeOutcome>,
  done: keyof typeof BECOMES | null,
  act: () => Promise<void>,
): Promise<DisputeOutcome> {
  try {
    await act();
  } catch (error) {
    if (error instanceof NotTaken) return await readUnlessOpen(read, error);
    if (isDefiniteNo(error)) throw error;
    if (error instanceof AdyenRefusal || error instanceof NoAnswer) return unknown(error);
    throw error;
  }
  const outcome = await read();
  if (!done || (outcome.status !== 'inquiry' && outcome.status !== 'needs_response')) return outcome;
  return { ...outcome, status: BECOMES[done][outcome.status], isContestable: done === 'defended' };
}

/** What was refused may be what an earlier call, whose answer was lost, has done. */
async function readUnlessOpen(
  read: () => Promise<DisputeOutcome>,
  refusal: NotTaken,
): Promise<DisputeOutcome> {
  const outcome = await read();
  if (['unknown', 'inquiry', 'needs_response'].includes(outcome.status)) throw refusal;
  return outcome;
}

/** Adyen takes documents only, so what we say in words becomes one. @throws PaymentsError for a file that it does not take */
export async function sendEvidence(
  disputes: Disputes,
  which: Which,
  { text, files, submit }: DisputeEvidence,
): Promise<void> {
  const words = Object.entries(text).map(([name, said]) => `${name.replaceAll('_', ' ')}: ${said}`);
  const documents = files.map(({ contentType, content }) => ({ contentType: typeOf(contentType), content }));
  if (words.length > 0) documents.unshift({ contentType: 'application/pdf', content: pdfOf(words) });

  const reasons = accepted(await disputes.retrieveApplicableDefenseReasons(which));
  const [reason] = reasons.defenseReasons ?? [];
  const types = reason?.defenseDocumentTypes?.map((it) => it.defenseDocumentTypeCode) ?? [];
  if (!reason || documents.length > types.length)
    throw new PaymentsError(
      'dispute_not_contestable',
      `Adyen takes ${types.length} documents in this dispute. Put what you have into fewer files.`,
    );
  if (documents.length > 0)
    accepted(
      await disputes.supplyDefenseDocument({
        ...which,
        defenseDocuments: documents.map(({ contentType, content }, index) => ({
          defenseDocumentTypeCode: types[index]!,
          contentType,
          content: content.toString('base64'),
        })),
      }),
    );
  if (submit)
    accepted(await disputes.defendDispute({ ...which, defenseReasonCode: reason.defenseReasonCode }));
}

export async function acceptDispute(disputes: Disputes, which: Which): Promise<void> {
  accepted(await disputes.acceptDispute(which));
}

/** This service refuses with a success of false. */
function accepted<T extends Result>(answer: T): T {
  const { success, errorMessage = 'no reason given' } = answer.disputeServiceResult;
  if (!success) throw new NotTaken(errorMessage);
  return answer;
}

function typeOf(contentType: EvidenceFile['contentType']): string {
  const type = CONTENT_TYPES[contentType];
  if (type) return type;
  throw new PaymentsError('validation_failed', 'Adyen takes PDF and JPEG files as evidence.');
}
