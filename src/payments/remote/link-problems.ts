import { Problem, type FieldProblem } from '../../platform/problem/problem.js';
import { PaymentsError, type PaymentsErrorCode } from '../payments.contract.js';
import { PAYMENTS_PROBLEMS } from '../payments.problems.js';

/** A process that is started again answers within seconds. */
const RETRY_AFTER_SECONDS = 5;

/** Payments did not answer, or nothing that they would answer. */
export class NoAnswer extends Error {
  constructor(
    reason: string,
    /** Whether they may have begun what they were asked for. */
    readonly mayHaveArrived: boolean,
    /** Whether all the time was spent on waiting. */
    readonly isTimeOut = false,
  ) {
    super(reason);
  }
}

/** The system's words for: nobody was reached, so nothing was heard. */
const NEVER_ARRIVED = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
]);
/**
 * Whether payments may have heard what was asked, as far as an error of the connection tells. A connection that was open ends
 * with some of the same words when their machine drops off the network: then it was being read or written.
 */
export function hasArrived(error: unknown): boolean {
  const { code = '', syscall = '' } = error as { code?: string; syscall?: string };
  return ['read', 'write'].includes(syscall) || !NEVER_ARRIVED.has(code);
}

/** Certain: nothing was begun. */
export function paymentsUnavailable(): Problem {
  return new Problem(
    'payments_unavailable',
    'Payments do not answer at the moment; nothing was charged. Send the same request again in a few seconds.',
    undefined,
    RETRY_AFTER_SECONDS,
  );
}

/** Nobody knows here: saying anything else would be a guess. */
export function outcomeUnknown(): Problem {
  return new Problem(
    'payment_outcome_unknown',
    'Payments were asked and did not answer: this may have happened or not. Send the same request again, with the same Idempotency-Key; it will not happen twice.',
    undefined,
    RETRY_AFTER_SECONDS,
  );
}

interface ProblemDocument {
  code: string;
  detail: string;
  requestId?: string;
  errors?: FieldProblem[];
  details?: Record<string, unknown>;
}

export function isProblem(document: unknown): document is ProblemDocument {
  const { code, detail } = (document ?? {}) as Partial<ProblemDocument>;
  return typeof code === 'string' && typeof detail === 'string';
}

/** What payments threw, thrown again here: the same class with the same code, so that callers do not notice the distance. */
export function errorOf(document: ProblemDocument, retryAfter: string | undefined): Error {
  const { code, detail, errors, details } = document;
  const retryAfterSeconds = retryAfter === undefined ? undefined : Number(retryAfter);
  if (isRefusal(code) && !errors) return new PaymentsError(code, detail, retryAfterSeconds, details);
  return new Problem(code, detail, errors, retryAfterSeconds);
}

/** While data move nothing is decided; in one process, too, that is no error of the contract but an outage of their database. */
function isRefusal(code: string): code is PaymentsErrorCode {
  return code !== 'payments_moving' && Object.hasOwn(PAYMENTS_PROBLEMS, code);
}
