import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { badBody, badStatusOf, changedBody, markBad } from '../faults/bad-answers.js';
import { answerInPart, drop, keepSilent } from '../faults/breaking.js';
import type { Sandbox } from '../sandbox.js';
import type { Account, StoredAnswer } from '../state/account.js';
import { API_VERSION, Changes } from '../state/changes.js';
import { digestOf, randomLetters } from '../state/ids.js';
import { authenticate, type Caller } from './authentication.js';
import { browserError, browserView } from './browser-view.js';
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
    const id = `req_${randomLetters(14)}`;
    const key = (route.method === 'POST' && header(request, 'idempotency-key')) || null;
    const cause = { id, idempotency_key: key };
    writeHeaders(request, reply, id, key);
    try {
      const caller = authenticate(sandbox, request);
      const { fault } = request;
      if (fault?.delay_ms) await sleep(fault.delay_ms);
      const badStatus = badStatusOf(fault);
      // What stands in front of the API knows nothing of keys: such an answer is not remembered.
      if (fault && badStatus && badStatus !== 500 && !fault.after_work) {
        markBad(reply, badStatus, fault);
        return finish(request, reply, caller.account, cause, badStatus, badBody(badStatus));
      }
      if (fault?.does === 'reset_request') return (drop(request, reply), reply);
      if (fault?.does === 'time_out' && fault.after_work === false)
        return (keepSilent(request, reply), reply);

      const first = key ? beginWithKey(sandbox, caller.account, request, key, id) : undefined;
      if (first?.isReplay) {
        await sandbox.journal.settled();
        reply.header('idempotent-replayed', 'true').header('original-request', first.answer.requestId);
        return finish(request, reply, caller.account, cause, first.answer.status, first.answer.body, true);
      }
      const isLost = badStatus === 500 && !fault?.after_work;
      const done = isLost ? undefined : execute(route, caller, request, cause, origin());
      const answer = badStatus === 500 ? { ...done, ...serverError() } : done!;
      await makeDurable(sandbox, caller.account, request, id, answer, first?.answer);
      await deliver(sandbox, request, answer.changes, reply);
      if (fault && badStatus) markBad(reply, badStatus, fault);
      return finish(
        request,
        reply,
        caller.account,
        cause,
        badStatus ?? answer.status,
        badStatus ? badBody(badStatus) : answer.body,
      );
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
    const shown = present(changes, object, expand);
    const body = JSON.stringify(caller.isBrowser ? browserView(shown) : shown);
    return { status: 200, body, changes, isStored: true };
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return {
      status: error.status,
      body: errorBody(error, caller.isBrowser),
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

  const path = request.url.split('?')[0]!;
  const note = { id: requestId, method: request.method, path, idempotency_key: unanswered?.key ?? null };
  const durable = sandbox.commit(changes ?? new Changes(account), {
    request: note,
    ...(stored && { answer: stored }),
  });
  // Until it is on disk the key counts as still at work, so the answer is remembered only afterwards.
  if (unanswered && stored) account.answers.set(unanswered.key, unanswered);
  await durable;
  if (stored) account.answers.set(stored.key, stored);
}

/** Events go out once the answer does, unless a fault wants them to arrive before it. */
async function deliver(
  sandbox: Sandbox,
  request: FastifyRequest,
  changes: Changes | undefined,
  reply: FastifyReply,
): Promise<void> {
  if (!changes || changes.deliveries.length === 0) return;
  const { account, deliveries } = changes;
  if (request.fault?.does === 'webhooks_before_answer') {
    sandbox.webhooks.deliver(account, deliveries);
    await sandbox.webhooks.idle(account);
    return;
  }
  const send = (): void => sandbox.webhooks.deliver(account, deliveries);
  if (reply.raw.socket?.destroyed ?? true) send();
  else setImmediate(send);
}

function finish(
  request: FastifyRequest,
  reply: FastifyReply,
  account: Account,
  cause: { id: string; idempotency_key: string | null },
  status: number,
  body: string,
  isReplay = false,
): FastifyReply {
  const { fault } = request;
  const path = request.url.split('?')[0]!;
  const at = new Date().toISOString();
  const rest = { status, is_replay: isReplay, fault: fault?.does ?? null };
  account.requests.add({ ...cause, at, method: request.method, path, ...rest });
  if (fault?.does === 'time_out') keepSilent(request, reply);
  else if (fault?.does === 'reset_answer') answerInPart(request, reply, status, body, fault.at_byte ?? 0);
  else reply.status(status).send(fault?.set ? changedBody(body, fault.set) : body);
  return reply;
}

function writeHeaders(request: FastifyRequest, reply: FastifyReply, id: string, key: string | null): void {
  reply.header('request-id', id);
  reply.header('stripe-version', header(request, 'stripe-version') ?? API_VERSION);
  reply.header('content-type', 'application/json');
  if (key) reply.header('idempotency-key', key);
}

function serverError(): Answer {
  return { status: 500, body: badBody(500), isStored: true };
}

function errorBody(error: StripeError, isForBrowser = false): string {
  return JSON.stringify({ error: isForBrowser ? browserError(error.body) : error.body });
}

function browserRefused(): StripeError {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.';
  const body = { type: 'invalid_request_error', code: 'secret_key_required', message } as const;
  return new StripeError(403, body, false, false);
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
