import { Changes } from '../state/changes.js';
import type { Answer, Turn } from '../wire/executing.js';
import { AdyenError } from './dialect.js';
import { MERCHANT_ACCOUNT } from './names.js';

export type Json = Record<string, unknown>;

/** One call of Adyen's API. */
export interface Ask {
  changes: Changes;
  body: Json;
  query: Record<string, string | undefined>;
  /** The id in the path, if it has one. */
  id: string;
  origin: string;
}

export interface AdyenRoute {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** What a call must bring. */
  required: readonly string[];
  status: number;
  handle(ask: Ask): Json;
}

export function route(
  endpoint: `${AdyenRoute['method']} /${string}`,
  { required = [], status = 200 }: { required?: readonly string[]; status?: number },
  handle: AdyenRoute['handle'],
): AdyenRoute {
  const [method, path] = endpoint.split(' ') as [AdyenRoute['method'], string];
  return { method, path, required, status, handle };
}

/** A text that may be missing. */
export function textOf(body: Json, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

/** Runs the endpoint. A refusal changes nothing; a refused payment is an answer like any other. */
export function executing(route: AdyenRoute): (turn: Turn) => Answer {
  return ({ request, caller, id, key, origin }) => {
    const changes = new Changes(caller.account, { id, idempotency_key: key });
    const body = (request.body ?? {}) as Json;
    const query = request.query as Ask['query'];
    try {
      checkRequired(route, { ...query, ...body });
      const { id: subject = '' } = request.params as { id?: string };
      const shown = route.handle({ changes, body, query, id: subject, origin });
      const text = route.status === 204 ? '' : JSON.stringify(shown);
      return { status: route.status, body: text, changes, isStored: true };
    } catch (error) {
      if (!(error instanceof AdyenError)) throw error;
      const { status, errorCode, errorType, message } = error;
      return { status, body: JSON.stringify({ status, errorCode, message, errorType }), isStored: true };
    }
  };
}

function checkRequired({ required }: AdyenRoute, given: Json): void {
  const account = given['merchantAccount'] ?? given['merchantAccountCode'];
  if (account === undefined && required.some((name) => name.startsWith('merchantAccount')))
    throw new AdyenError(403, '901', 'Invalid Merchant Account', 'security');
  if (account !== undefined && account !== MERCHANT_ACCOUNT)
    throw new AdyenError(403, '901', 'Invalid Merchant Account', 'security');
  for (const name of required)
    if (given[name] === undefined || given[name] === '')
      throw new AdyenError(422, '702', `Required field '${name}' is not provided.`);
}
