import { SetMetadata } from '@nestjs/common';
import { Problem } from '../problem/problem.js';
import type { Caller } from './caller.js';

export const STEP_UP = 'tokenkeep:step-up';

/** Money that leaves is worth a fresh look: a session that was left open, or a stolen token, is not enough. */
export const SIGN_IN_AGE_SECONDS_MAX = 5 * 60;

/** Only callers who have just signed in, and as strongly as AUTH_STEP_UP_ACR asks, may call this route (RFC 9470). */
export const FreshSignIn = () => SetMetadata(STEP_UP, true);

/** Answered with 401 and the challenge that tells a client how to have its person sign in again. */
export class StepUpRequired extends Problem {
  constructor(readonly challenge: string) {
    super(
      'insufficient_user_authentication',
      'Sign in again, and then repeat this call: it needs a fresh sign-in.',
    );
  }
}

/** @throws StepUpRequired */
export function requireFreshSignIn({ authTime, acr }: Caller, acrWanted: string | undefined): void {
  const age = Date.now() / 1000 - (authTime ?? 0);
  if (age <= SIGN_IN_AGE_SECONDS_MAX && (acrWanted === undefined || acr === acrWanted)) return;
  const strength = acrWanted === undefined ? '' : `, acr_values="${acrWanted}"`;
  throw new StepUpRequired(
    `Bearer error="insufficient_user_authentication", error_description="A fresh sign-in is needed", ` +
      `max_age="${SIGN_IN_AGE_SECONDS_MAX}"${strength}`,
  );
}
