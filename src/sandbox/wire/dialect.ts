import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sandbox } from '../sandbox.js';
import type { Caller } from './authentication.js';
import type { StripeError } from './errors.js';

/** How a gateway's API speaks on its wire, around what its endpoints do. */
export interface Dialect {
  /** Where its paths begin, so that a fault finds whose call it hits. */
  prefixes: readonly string[];
  /** @throws StripeError when no key of ours came with it */
  authenticate(sandbox: Sandbox, request: Pick<FastifyRequest, 'headers'>): Caller;
  requestId(): string;
  /** The idempotency key that came with a call. */
  keyOf(request: FastifyRequest): string | null;
  writeHeaders(request: FastifyRequest, reply: FastifyReply, id: string, key: string | null): void;
  /** Written beside an answer that was given before. */
  markReplay(reply: FastifyReply, originalRequest: string): void;
  /** A refusal, in the dialect's own shape. */
  refusal(error: StripeError): { status: number; body: string };
  /** What it, or something on the way to it, answers on a bad day. */
  badBody(status: number): string;
  /** How long an idempotency key is remembered; null: as long as the sandbox is told to. */
  keysKeptMs: number | null;
}

/** As most gateways take it: a header of what changes something. */
export function keyInHeader(request: FastifyRequest): string | null {
  return (request.method === 'POST' && header(request, 'idempotency-key')) || null;
}

export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
