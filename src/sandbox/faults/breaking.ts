import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { Transform } from 'node:stream';
import type { Sandbox } from '../sandbox.js';
import type { Dialect } from '../wire/dialect.js';
import { StripeError } from '../wire/errors.js';
import type { Fault } from './faults.js';

declare module 'fastify' {
  interface FastifyRequest {
    fault: Fault | undefined;
  }
}

/** A client that waits longer than this for an answer that will not come has no time-out of its own. */
const SILENCE_MS_MAX = 120_000;
/** Bytes already sent may be thrown away by a reset that comes right behind them. */
const ARRIVE_FIRST_MS = 20;

/** Decides, as soon as the headers are there, what goes wrong with a call; breaks those that never reach the API. */
export function registerBreaking(
  server: FastifyInstance,
  sandbox: Sandbox,
  dialects: readonly Dialect[],
): void {
  server.decorateRequest('fault');

  server.addHook('onRequest', (request, reply, done) => {
    request.fault = faultOf(sandbox, dialects, request);
    const { fault } = request;
    const isBroken =
      fault?.does === 'refuse_connection' ||
      (fault?.does === 'reset_request' && (fault.at_byte ?? 0) <= bytesOfHead(request));
    if (isBroken) return drop(request, reply);
    done();
  });

  server.addHook('preParsing', (request, _reply, payload, done) => {
    const { fault } = request;
    if (fault?.does !== 'reset_request') return done(null, payload);
    let left = (fault.at_byte ?? 0) - bytesOfHead(request);
    const counting = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        left -= chunk.length;
        if (left <= 0) request.raw.socket.resetAndDestroy();
        else next(null, chunk);
      },
    });
    done(null, payload.pipe(counting));
  });
}

function faultOf(sandbox: Sandbox, dialects: readonly Dialect[], request: FastifyRequest): Fault | undefined {
  const dialect = dialects.find(({ prefixes }) => prefixes.some((prefix) => request.url.startsWith(prefix)));
  if (!dialect) return undefined;
  try {
    const { account } = dialect.authenticate(sandbox, request);
    return account.faults.ofCall(request.method, request.url.split('?')[0]!);
  } catch (error) {
    if (error instanceof StripeError) return undefined; // answered as unauthenticated later
    throw error;
  }
}

export function drop(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.resetAndDestroy();
}

/** The call was carried out; whoever asked never hears of it. */
export function keepSilent(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  setTimeout(() => request.raw.socket.destroy(), SILENCE_MS_MAX).unref();
}

/** The first bytes of the answer arrive, then the connection breaks. A negative number counts from the end. */
export function answerInPart(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  body: string,
  atByte: number,
): void {
  const headers = { ...reply.getHeaders(), 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  const whole = Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  const { socket } = request.raw;
  reply.hijack();
  socket.write(whole.subarray(0, atByte), () => {
    setTimeout(() => socket.resetAndDestroy(), ARRIVE_FIRST_MS);
  });
}

function bytesOfHead({ raw }: FastifyRequest): number {
  const line = `${raw.method} ${raw.url} HTTP/1.1\r\n`.length;
  const headers = raw.rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
  return line + headers + 2;
}
