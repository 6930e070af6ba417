import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Problem } from '../problem/problem.js';

export const ROLES = ['payer', 'finance', 'auditor', 'ops', 'service'] as const;
export type Role = (typeof ROLES)[number];

/** Who sent the request, as the verified bearer token says. */
export interface Caller {
  /** Issuer and subject: the only identity; also the scope of idempotency keys. */
  readonly id: string;
  readonly subject: string;
  readonly roles: readonly Role[];
  /** The payer that this person is; only payers have one. */
  readonly payerId: string | null;
  /** When they last proved who they are, in seconds since 1970, and how strongly; as far as the issuer says. */
  readonly authTime: number | null;
  readonly acr: string | null;
}

export interface RequestWithCaller {
  caller?: Caller;
}

/** The verified caller of a route that is not public. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context),
);

/** The payer's id of the caller; a payer whose token names no payer is refused. */
export const CurrentPayer = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  payerOf(callerOf(context)),
);

/** Whose things the caller may see: everybody's (undefined) with one of these roles, else only their own. */
export function visibleTo(caller: Caller, ...seesAll: Role[]): string | undefined {
  return seesAll.some((role) => caller.roles.includes(role)) ? undefined : payerOf(caller);
}

function payerOf({ payerId }: Caller): string {
  if (!payerId) throw new Problem('forbidden', 'Your token names no payer. Sign in as the person who pays.');
  return payerId;
}

function callerOf(context: ExecutionContext): Caller {
  const { caller } = context.switchToHttp().getRequest<RequestWithCaller>();
  if (!caller) throw new Problem('unauthenticated', 'Send a valid bearer token in the Authorization header.');
  return caller;
}
