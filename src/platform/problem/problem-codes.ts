import { Injectable } from '@nestjs/common';

/** The codes that every route may answer with; modules register their own. */
const PLATFORM_CODES: Record<string, number> = {
  validation_failed: 400,
  malformed_body: 400,
  idempotency_key_missing: 400,
  unauthenticated: 401,
  insufficient_user_authentication: 401,
  forbidden: 403,
  https_required: 403,
  client_certificate_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  card_data_rejected: 422,
  idempotency_key_reused: 422,
  rate_limited: 429,
  internal_error: 500,
  not_ready: 503,
  database_unavailable: 503,
};

/** One table from stable error code to HTTP status, filled by the modules at the start. */
@Injectable()
export class ProblemCodes {
  readonly #statuses = new Map(Object.entries(PLATFORM_CODES));

  register(statuses: Record<string, number>): void {
    for (const [code, status] of Object.entries(statuses)) this.#statuses.set(code, status);
  }

  statusOf(code: string): number | undefined {
    return this.#statuses.get(code);
  }

  /** Every code of this program with its status: what docs/reference/errors.md lists. */
  all(): ReadonlyMap<string, number> {
    return this.#statuses;
  }
}
