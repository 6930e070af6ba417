import type { FastifyReply } from 'fastify';

/** Says that an earlier request with the same key has done this: 200 where the first one was answered with 201. */
export function sayReplayed(reply: FastifyReply): void {
  void reply.status(200).header('Idempotency-Replayed', 'true');
}
