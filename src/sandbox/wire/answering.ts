import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account, StoredAnswer } from '../state/account.js';
import { API_VERSION, Changes } from '../state/changes.js';
import { digestOf, randomLetters } from '../state/ids.js';
import type { Sandbox } from '../sandbox.js';
import { authenticate, type Caller } from './authentication.js';
import { StripeError } from './errors.js';
import * as idempotency from './idempotency.js';
import { present } from './present.js';
import type { Route } from './route.js';

interface Answer {
  status: number;
  body: string;
  changes?: Changes;
  isStored: boolean;
}

/** One call of Stripe's API, from the key in its header to the bytes of its answer. */
export function answering(sandbox: Sandbox, route: Route, origin: () => string) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const requestId = `req_${randomLetters(14)}`;
    const key = route.method === 'POST' ? header(request, 'idempotency-key') : undefined;
    reply.header('request-id', requestId);
    reply.header('stripe-version', header(request, 'stripe-version') ?? API_VERSION);
    reply.header('content-type', 'application/json');
    if (key) reply.header('idempotency-key', key);

    try {
      const caller = authenticate(sandbox, request);
      const account = caller.account;
      const first = key && beginWithKey(sandbox, account, request, key, requestId);
      if (first && first.isReplay) {
        await sandbox.journal.settled();
        reply.header('idempotent-replayed', 'true').header('original-request', first.answer.requestId);
        return reply.status(first.answer.status).send(first.answer.body);
      }

      const answer = execute(
        route,
        caller,
        request,
        { id: requestId, idempotency_key: key ?? null },
        origin(),
      );
      await makeDurable(sandbox, account, request, requestId, answer, first ? first.answer : undefined);
      reply.status(answer.status).send(answer.body);
      if (answer.changes) sandbox.webhooks.deliver(account, answer.changes.deliveries);
      return reply;
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      return reply.status(error.status).send(errorBody(error));
    }
  };
}

function beginWithKey(
  sandbox: Sandbox,
  account: Account,
  request: FastifyRequest,
  key: string,
  requestId: string,
): idempotency.Replay | idempotency.First {
  const endpoint = request.url.split('?')[0]!;
  const fingerprint = digestOf(JSON.stringify(request.body ?? {}));
  return idempotency.begin(account, key, endpoint, fingerprint, requestId, sandbox.options.keysKeptMs);
}

/** Runs the endpoint. It never waits, so no other call sees it half done. */
function execute(
  route: Route,
  caller: Caller,
  request: FastifyRequest,
  cause: { id: string; idempotency_key: string | null },
  origin: string,
): Answer {
  const changes = new Changes(caller.account, cause);
  try {
    if (caller.isBrowser && !route.isForBrowsers) throw browserRefused();
    const raw = route.method === 'POST' ? request.body : request.query;
    const { expand, ...params } = route.read((raw ?? {}) as Record<string, unknown>);
    const id = (request.params as { id?: string }).id ?? '';
    const object = route.handle({ changes, params, id, isBrowser: caller.isBrowser, origin });
    return { status: 200, body: JSON.stringify(present(changes, object, expand)), changes, isStored: true };
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return {
      status: error.status,
      body: errorBody(error),
      isStored: error.isStored,
      ...(error.keepsChanges && { changes }),
    };
  }
}

async function makeDurable(
  sandbox: Sandbox,
  account: Account,
  request: FastifyRequest,
  requestId: string,
  { status, body, changes, isStored }: Answer,
  unanswered: StoredAnswer | undefined,
): Promise<void> {
  if (unanswered && !isStored) idempotency.forget(account, unanswered);
  const stored = unanswered && isStored ? { ...unanswered, status, body } : undefined;
  if (!stored && (!changes || changes.isEmpty)) return sandbox.journal.settled();

  const note = {
    id: requestId,
    method: request.method,
    path: request.url.split('?')[0]!,
    idempotency_key: unanswered?.key ?? null,
  };
  // Until it is on disk the key counts as still at work, so the stored answer is set only afterwards.
  const durable = sandbox.commit(changes ?? new Changes(account), {
    request: note,
    ...(stored && { answer: stored }),
  });
  if (unanswered) account.answers.set(unanswered.key, unanswered);
  await durable;
  if (stored) account.answers.set(stored.key, stored);
}

function errorBody(error: StripeError): string {
  return JSON.stringify({ error: error.body });
}

function browserRefused(): StripeError {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.';
  return new StripeError(
    403,
    { type: 'invalid_request_error', code: 'secret_key_required', message },
    false,
    false,
  );
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
