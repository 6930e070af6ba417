import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.js';
import type { RequestWithCaller } from './caller.js';
import { PlatformConfig } from '../platform.config.js';
import { obey } from '../rate-limits/limited-requests.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { POLICY, type Policy } from './policy.js';
import { requireFreshSignIn, STEP_UP } from './step-up.js';
import { TokenVerifier } from './token-verifier.js';

/** Lets a request through when its route is public, or its token is valid and holds an allowed role. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly config: PlatformConfig,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = this.reflector.getAllAndOverride<Policy | undefined>(POLICY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (policy === 'public') return true;

    const request = context.switchToHttp().getRequest<FastifyRequest & RequestWithCaller>();
    request.caller = await this.tokens.verify(bearerTokenOf(request));
    obey(await this.limits.countCaller(request.caller), context.switchToHttp().getResponse<FastifyReply>());
    if (!policy?.some((role) => request.caller?.roles.includes(role)))
      throw new Problem('forbidden', 'Your role does not allow this call.');
    const isSensitive = this.reflector.getAllAndOverride<boolean>(STEP_UP, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isSensitive) requireFreshSignIn(request.caller, this.config.AUTH_STEP_UP_ACR);
    return true;
  }
}

function bearerTokenOf(request: FastifyRequest): string {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0)
    throw new Problem('unauthenticated', 'Send a valid bearer token in the Authorization header.');
  return token;
}
