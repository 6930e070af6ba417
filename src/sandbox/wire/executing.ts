import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sandbox } from '../sandbox.js';
import type { StoredAnswer } from '../state/account.js';
import { Changes } from '../state/changes.js';
import type { Caller } from './authentication.js';
import { browserError, browserView } from './browser-view.js';
import { StripeError } from './errors.js';
import * as idempotency from './idempotency.js';
import { present } from './present.js';
import type { Dialect } from './dialect.js';
import type { Route } from './route.js';

/** One call under way. */
export interface Turn {
  sandbox: Sandbox;
  dialect: Dialect;
  /** What the endpoint does; in Stripe's API and in others' written differently. */
  execute: (turn: Turn) => Answer;
  request: FastifyRequest;
  reply: FastifyReply;
  caller: Caller;
  id: string;
  key: string | null;
  path: string;
  origin: string;
}

export interface Answer {
  status: number;
  body: string;
  changes?: Changes;
  /** Remembered under the idempotency key. */
  isStored: boolean;
}

/** Runs the endpoint. It never waits, so no other call sees it half done. */
export function carryOut(turn: Turn, unanswered: StoredAnswer | undefined): Answer {
  const { fault } = turn.request;
  const isFailing = fault?.does === 'answer_500';
  try {
    const done = isFailing && !fault.after_work ? undefined : turn.execute(turn);
    // A 500 is remembered like any other answer: https://docs.stripe.com/error-low-level#idempotency
    return isFailing || !done
      ? { ...done, status: 500, body: turn.dialect.badBody(500), isStored: true }
      : done;
  } catch (error) {
    if (unanswered) idempotency.forget(turn.caller.account, unanswered);
    throw error;
  }
}

/** An endpoint of Stripe's API. */
export function executing(route: Route): (turn: Turn) => Answer {
  return (turn) => execute(route, turn);
}

function execute(route: Route, { request, caller, id, key, origin }: Turn): Answer {
  const changes = new Changes(caller.account, { id, idempotency_key: key });
  try {
    if (caller.isBrowser && !route.isForBrowsers) throw browserRefused();
    const raw = route.method === 'POST' ? request.body : request.query;
    const { expand, ...params } = route.read((raw ?? {}) as Record<string, unknown>);
    const { id: subject = '' } = request.params as { id?: string };
    const object = route.handle({ changes, params, id: subject, isBrowser: caller.isBrowser, origin });
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

/** Resolves once what is about to be answered cannot be lost any more. */
export async function makeDurable(
  { sandbox, request, caller, id, path }: Turn,
  { status, body, changes, isStored }: Answer,
  unanswered: StoredAnswer | undefined,
): Promise<void> {
  const { account } = caller;
  if (unanswered && !isStored) idempotency.forget(account, unanswered);
  const stored = unanswered && isStored ? { ...unanswered, status, body } : undefined;
  if (!stored && (!changes || changes.isEmpty)) return sandbox.journal.settled();

  const note = { id, method: request.method, path, idempotency_key: unanswered?.key ?? null };
  const durable = sandbox.commit(changes ?? new Changes(account), {
    request: note,
    ...(stored && { answer: stored }),
  });
  // Until it is on disk the key counts as still at work, so the answer is remembered only afterwards.
  if (unanswered && stored) account.answers.set(unanswered.key, unanswered);
  await durable;
  if (stored) account.answers.set(stored.key, stored);
}

export function errorBody(error: StripeError, isForBrowser = false): string {
  return JSON.stringify({ error: isForBrowser ? browserError(error.body) : error.body });
}

function browserRefused(): StripeError {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.';
  const body = { type: 'invalid_request_error', code: 'secret_key_required', message } as const;
  return new StripeError(403, body, false, false);
}
