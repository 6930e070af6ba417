import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PLAIN_HEADERS } from './security-headers.js';
import { problemDocument } from '../problem/problem.js';

/** The router could not read the address, so nothing of ours has seen the request: no hook, no guard, no filter. */
export function answerUnreadableAddress(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(404)
    .headers(PLAIN_HEADERS)
    .type('application/problem+json')
    .send(
      problemDocument({
        code: 'not_found',
        status: 404,
        title: STATUS_CODES[404],
        detail: 'There is nothing at this address, or nothing that you may see.',
        requestId: request.id,
      }),
    );
}
