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
