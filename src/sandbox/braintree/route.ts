import { Changes } from '../state/changes.js';
import { StripeError } from '../wire/errors.js';
import type { Answer, Turn } from '../wire/executing.js';
import { BRAINTREE } from './dialect.js';
import { BraintreeError, NotFound } from './errors.js';
import { MERCHANT_ID } from './names.js';
import { type Value, xmlOf } from './xml.js';

export type Json = Record<string, unknown>;

/** One call of Braintree's API. */
export interface Ask {
  changes: Changes;
  body: Json;
  /** The id or token in the path, if it has one. */
  id: string;
  origin: string;
}

/** One element, or nothing at all; a decline is an answer with the status of a refusal. */
export type Shown = { status: 200 | 201 | 422; name: string; value: Value } | { status: 200 };

export interface BraintreeRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  handle(ask: Ask): Shown;
}

export function route(
  endpoint: `${BraintreeRoute['method']} /${string}`,
  handle: BraintreeRoute['handle'],
): BraintreeRoute {
  const [method, path] = endpoint.split(' ') as [BraintreeRoute['method'], string];
  return { method, path: `/merchants/:merchant${path}`, handle };
}

export function shown(name: string, value: Value, status: 200 | 201 | 422 = 200): Shown {
  return { status, name, value };
}

/** A part of the request, which may be missing. */
export function partOf(body: Json, name: string): Json {
  const part = body[name];
  return typeof part === 'object' && part !== null ? (part as Json) : {};
}

export function textOf(body: Json, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

/** Runs the endpoint. What breaks a rule changes nothing; a decline is an answer like any other. */
export function executing(route: BraintreeRoute): (turn: Turn) => Answer {
  return ({ request, caller, id: requestId, key, origin }) => {
    const changes = new Changes(caller.account, { id: requestId, idempotency_key: key });
    const { merchant, id = '' } = request.params as { merchant: string; id?: string };
    try {
      if (merchant !== MERCHANT_ID) throw new NotFound();
      const answer = route.handle({ changes, body: (request.body ?? {}) as Json, id, origin });
      const body = 'name' in answer ? xmlOf(answer.name, answer.value) : '';
      return { status: answer.status, body, changes, isStored: true };
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      return { ...BRAINTREE.refusal(asBraintrees(error)), isStored: true };
    }
  };
}

/** What the ledger refuses, as the rule that Braintree has for it. */
function asBraintrees(error: StripeError): StripeError {
  if (error instanceof BraintreeError || error instanceof NotFound) return error;
  return new BraintreeError('91501', 'base', error.message);
}
