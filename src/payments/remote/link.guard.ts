import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../platform/authentication/caller.js';
import { TokenVerifier } from '../../platform/authentication/token-verifier.js';
import { Problem } from '../../platform/problem/problem.js';
import { isPerson, PERSON_HEADER } from './link-routes.js';
import { ServiceTokenVerifier } from './service-tokens.js';

type LinkRequest = FastifyRequest & { acting?: Acting };

/** Lets only the application in; a person on whose behalf it calls has come along by a token of their own. */
@Injectable()
export class LinkGuard implements CanActivate {
  constructor(
    private readonly services: ServiceTokenVerifier,
    private readonly persons: TokenVerifier,
  ) {}

  /** @throws Problem `service_token_invalid`; `unauthenticated` for a person's token that is not valid (any more) */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<LinkRequest>();
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    await this.services.verify(token);
    const personToken = request.headers[PERSON_HEADER];
    request.acting = new Acting(
      typeof personToken === 'string' ? await this.persons.verify(personToken) : null,
    );
    return true;
  }
}

/** On whose behalf the application calls. */
export const CurrentActing = createParamDecorator(
  (_: unknown, context: ExecutionContext): Acting => context.switchToHttp().getRequest<LinkRequest>().acting!,
);

/** The person who is there, or nobody: then the application acts by itself, and may do less. */
export class Acting {
  constructor(private readonly person: Caller | null) {}

  /** What a person is said to have asked for, that person has to have come along with. @throws Problem */
  assertIs(caller: string): void {
    if (isPerson(caller) && this.person?.id !== caller) throw personMissing();
  }

  /** Only the payer can be there: nobody else confirms a payment on-session. @throws Problem */
  assertIsPayer(payerId: string): void {
    if (this.person?.payerId !== payerId) throw personMissing();
  }

  /** A payer sees and changes their own things only, whatever the application asks for. @throws Problem */
  assertMayTouch(payerId: string): void {
    const isPayerOnly = this.person?.roles.every((role) => role === 'payer') ?? false;
    if (isPayerOnly && this.person?.payerId !== payerId) throw personMissing();
  }
}

function personMissing(): Problem {
  return new Problem(
    'payer_token_required',
    'The application may do this only together with the person whom it is about, by a token of theirs.',
  );
}
