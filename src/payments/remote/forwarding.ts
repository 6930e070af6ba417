import httpProxy from '@fastify/http-proxy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LinkConnection } from './link-connection.js';
import { hasArrived, outcomeUnknown, paymentsUnavailable } from './link-problems.js';

type Headers = FastifyRequest['headers'];

/** Payments' public routes. Gateways send their webhooks to payments directly. */
export const FORWARDED = [
  '/v1/setup-intents',
  '/v1/payment-methods',
  '/v1/payments',
  '/v1/refund-requests',
  '/v1/disputes',
  '/v1/event-endpoints',
  '/v1/operations',
  '/v1/audit-entries',
  '/v1/audit-entries.csv',
  '/v1/audit-entries.jsonl',
] as const;

/** OPTIONS is for browsers of other origins, and answered by the application. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** These change nothing, so not to know the answer is all that can go wrong. */
const QUESTIONS: readonly string[] = ['GET', 'HEAD'];

/** Hands payments' public routes on as they come, bytes and token: payments check and answer for themselves. */
export function forwardTo(
  fastify: FastifyInstance,
  connection: LinkConnection,
  { upstream, timeoutMs }: { upstream: string; timeoutMs: number },
): void {
  for (const prefix of FORWARDED)
    void fastify.register(async (scope) => {
      scope.removeAllContentTypeParsers(); // the body is not read here
      await scope.register(httpProxy, {
        upstream,
        prefix,
        rewritePrefix: prefix,
        httpMethods: [...METHODS],
        undici: connection,
        disableRequestLogging: true,
        replyOptions: {
          timeout: timeoutMs,
          retryDelay: () => null, // whoever asked knows whether it may be repeated
          rewriteRequestHeaders: saidByUs,
          onError: (reply, { error }) => void reply.send(problemOf(reply, error)),
        },
      });
    });
}

/** Who asks, as we see it; whatever else a caller claims about that is not handed on. */
function saidByUs(
  { ip, protocol }: Pick<FastifyRequest, 'ip' | 'protocol'>,
  { 'x-forwarded-host': _, forwarded: __, ...headers }: Headers,
): Headers {
  return { ...headers, 'x-forwarded-for': ip, 'x-forwarded-proto': protocol };
}

function problemOf({ request }: { request: Pick<FastifyRequest, 'method'> }, error: Error): Error {
  const isUnclear = hasArrived(error.cause ?? error) && !QUESTIONS.includes(request.method);
  return isUnclear ? outcomeUnknown() : paymentsUnavailable();
}
