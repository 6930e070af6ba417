import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.js';

/** As long as Stripe's; printable ASCII, so that it survives every proxy and log unchanged. */
const KEY = /^[\x21-\x7e]{1,255}$/;

const KeyOfRequest = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (key === undefined)
    throw new Problem(
      'idempotency_key_missing',
      'Send an Idempotency-Key header: a new random value for each thing you want done once.',
    );
  if (typeof key !== 'string' || !KEY.test(key))
    throw new Problem(
      'validation_failed',
      'The Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.',
      [{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters without spaces' }],
    );
  return key;
});

/** The `Idempotency-Key` header, which the route requires. */
export const IdempotencyKey = (): ParameterDecorator => (target, property, index) => {
  KeyOfRequest()(target, property, index);
  const method = Object.getOwnPropertyDescriptor(target, property as string)!;
  ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description:
      'A new random value for each thing you want done once; send the same value again to repeat the request safely.',
  })(target, property as string, method);
};
