/** A wrong field of a request: where, and what to change. Never the value. */
export interface FieldProblem {
  path: string;
  message: string;
}

/**
 * Expected bad news with a stable public code. `ProblemCodes` turns the code into an HTTP status;
 * whoever throws it need not know about HTTP.
 */
export class Problem extends Error {
  constructor(
    readonly code: string,
    detail: string,
    readonly fields?: FieldProblem[],
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
  }
}

/** The body of an answer (RFC 9457). */
export function problemDocument(problem: {
  code: string;
  status: number;
  title?: string;
  detail: string;
  requestId: string;
  errors?: FieldProblem[];
  /** Members of the code's own, for programs. */
  details?: Record<string, unknown>;
}): object {
  return { type: `urn:tokenkeep:problem:${problem.code}`, ...problem };
}
