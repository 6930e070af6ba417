import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withoutCardNumbers } from '../card-data/redaction.js';
import { isDatabaseUnreachable, isGivenUpForOthers } from '../postgres/unreachable.js';
import { ProblemCodes } from './problem-codes.js';
import { type FieldProblem, Problem, problemDocument } from './problem.js';

/** What is known of an error before it becomes an answer. */
interface Bad {
  code: string;
  detail: string;
  fields?: FieldProblem[];
  retryAfterSeconds?: number;
  /** How a client may prove who is calling (RFC 9110, 11.6.1). */
  challenge?: string;
  details?: Record<string, unknown>;
}

const BY_STATUS: Record<number, Bad> = {
  400: {
    code: 'malformed_body',
    detail: 'The request could not be read. Send valid JSON with a matching Content-Length.',
  },
  401: { code: 'unauthenticated', detail: 'Send a valid bearer token in the Authorization header.' },
  403: { code: 'forbidden', detail: 'Your role does not allow this call.' },
  404: { code: 'not_found', detail: 'There is nothing at this address, or nothing that you may see.' },
  405: { code: 'method_not_allowed', detail: 'This address does not answer that method.' },
  413: { code: 'body_too_large', detail: 'The request body is larger than this address accepts.' },
  415: { code: 'unsupported_media_type', detail: 'Send the body as application/json.' },
};

/** A server that is started again answers within seconds. */
const AWAY: Bad = {
  code: 'database_unavailable',
  detail:
    'The database does not answer at the moment. Send the same request again, with the same Idempotency-Key.',
  retryAfterSeconds: 5,
};

/** Whoever was in the way is done in a moment. */
const BUSY: Bad = {
  code: 'database_unavailable',
  detail:
    'Others changed the same at this moment, and went first. Send the same request again, with the same Idempotency-Key.',
  retryAfterSeconds: 1,
};

/** What the log says of an answer that is our fault. */
const WORTH_A_LINE: Record<string, string> = {
  internal_error: 'unexpected error',
  database_unavailable: 'the database did not do it',
};

/** Answers every error as `application/problem+json` (RFC 9457) with a stable `code`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly codes: ProblemCodes) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const bad = this.read(error);
    const status = this.codes.statusOf(bad.code) ?? 500;
    const wrong = WORTH_A_LINE[bad.code];
    if (wrong) this.logger.error({ err: error, requestId: request.id }, wrong);
    if (bad.retryAfterSeconds !== undefined) void reply.header('Retry-After', String(bad.retryAfterSeconds));
    if (status === 401) void reply.header('WWW-Authenticate', bad.challenge ?? 'Bearer');
    void reply
      .status(status)
      .type('application/problem+json')
      .send(
        problemDocument({
          code: bad.code,
          status,
          title: STATUS_CODES[status],
          detail: withoutCardNumbers(bad.detail),
          requestId: request.id,
          errors: bad.fields,
          details: bad.details,
        }),
      );
  }

  private read(error: unknown): Bad {
    if (error instanceof Problem)
      return {
        code: error.code,
        detail: error.message,
        fields: error.fields,
        retryAfterSeconds: error.retryAfterSeconds,
        challenge: 'challenge' in error ? String(error.challenge) : undefined,
      };
    if (isCoded(error) && this.codes.statusOf(error.code) !== undefined)
      return {
        code: error.code,
        detail: error.message,
        retryAfterSeconds: error.retryAfterSeconds,
        details: error.details,
      };
    if (isDatabaseUnreachable(error)) return AWAY;
    if (isGivenUpForOthers(error)) return BUSY;
    const known = BY_STATUS[httpStatusOf(error) ?? 500];
    return (
      known ?? {
        code: 'internal_error',
        detail: 'Something went wrong on our side. Quote the requestId when you report it.',
      }
    );
  }
}

/** An error of a module's contract: it imports nothing, so it is known by its registered code. */
function isCoded(
  error: unknown,
): error is Error & { code: string; retryAfterSeconds?: number; details?: Record<string, unknown> } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function httpStatusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number')
    return error.statusCode;
  return undefined;
}
