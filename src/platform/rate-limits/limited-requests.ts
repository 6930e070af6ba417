import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { isProbe } from '../http/probe.js';
import { isForServers, takesRawBody } from '../http/raw-body.js';
import { Problem } from '../problem/problem.js';
import { RateLimits, type Standing, WINDOW_SECONDS } from './rate-limits.js';

/** What an event that nobody signed is answered with, and a call by a server that nobody knows. */
const REFUSED_EVENT = 400;
const REFUSED_SERVER = 401;

/**
 * Before anything of a request is read, its address is counted. Probes are nobody's flood; gateways send as many events as there are, and
 * the application calls payments as often as it is called, so of theirs only those count that were refused. Who is calling is counted once that is known, behind the token.
 */
export function limitAddresses(app: NestFastifyApplication): void {
  const limits = app.get(RateLimits);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    if (isProbe(request)) return;
    if (!takesRawBody(request) && !isForServers(request))
      return obey(await limits.countAddress(request.ip), reply);
    const standing = await limits.addressStands(request.ip);
    if (standing.isOver) obey(standing, reply);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const isRefused =
      (takesRawBody(request) && reply.statusCode === REFUSED_EVENT) ||
      (isForServers(request) && reply.statusCode === REFUSED_SERVER);
    if (!isRefused) return done();
    limits.countAddress(request.ip).then(() => done(), done);
  });
}

/** Tells how much is left (draft-ietf-httpapi-ratelimit-headers). @throws Problem `rate_limited` where nothing is */
export function obey({ name, limit, remaining, resetSeconds, isOver }: Standing, reply: FastifyReply): void {
  append(reply, 'RateLimit-Policy', `"${name}";q=${limit};w=${WINDOW_SECONDS}`);
  append(reply, 'RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`);
  if (isOver)
    throw new Problem(
      'rate_limited',
      'Too many requests. Wait as long as Retry-After says.',
      undefined,
      resetSeconds,
    );
}

function append(reply: FastifyReply, header: string, value: string): void {
  const before = reply.getHeader(header);
  void reply.header(header, before === undefined ? value : `${String(before)}, ${value}`);
}
