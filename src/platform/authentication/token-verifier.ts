import { Injectable } from '@nestjs/common';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { PlatformConfig } from '../platform.config.js';
import { Problem } from '../problem/problem.js';
import { type Caller, type Role, ROLES } from './caller.js';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentKey } from './development-key.js';
import { issuerKeys } from './issuer-keys.js';

/** Asymmetric only: a verifier that knows no secret cannot be tricked into checking with one. */
const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA'];
/** Clocks of two well-kept servers differ by less. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** RFC 9068: an access token says that it is one, so that no other token of the issuer can pass for it. */
const TOKEN_TYPE = 'at+jwt';
/** Whatever a token says of its end, nobody is believed longer than a working day. */
const TOKEN_AGE_MAX = '12h';

/** A caller sends the same token again and again, and a signature takes longer to check than a statement to run. */
const REMEMBERED_MAX = 1_000;
/** A verified token is believed this long without another look at the issuer's keys. */
export const REMEMBERED_MS = 60_000;

/** Verifies bearer tokens of the configured issuer, or, in development without one, our own. */
@Injectable()
export class TokenVerifier {
  readonly #keys: JWTVerifyGetKey;
  readonly #remembered = new Map<string, { caller: Caller; until: number }>();

  constructor(
    private readonly config: PlatformConfig,
    developmentKey: DevelopmentKey,
  ) {
    this.#keys = config.AUTH_ISSUER ? issuerKeys(config.AUTH_ISSUER) : () => developmentKey.publicKey();
  }

  /** @throws Problem `unauthenticated` for anything but a valid token */
  async verify(token: string): Promise<Caller> {
    const known = this.#remembered.get(token);
    if (known && Date.now() < known.until) return known.caller;
    const claims = await this.verifiedClaims(token);
    const caller = this.callerOf(claims);
    this.remember(token, caller, claims.exp! * 1000);
    return caller;
  }

  private remember(token: string, caller: Caller, expiresAt: number): void {
    this.#remembered.delete(token);
    this.#remembered.set(token, { caller, until: Math.min(expiresAt, Date.now() + REMEMBERED_MS) });
    if (this.#remembered.size > REMEMBERED_MAX)
      this.#remembered.delete(this.#remembered.keys().next().value!); // the oldest
  }

  private async verifiedClaims(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, this.#keys, {
      issuer: this.config.AUTH_ISSUER ?? DEVELOPMENT_ISSUER,
      audience: this.config.AUTH_AUDIENCE ?? DEVELOPMENT_AUDIENCE,
      algorithms: ALGORITHMS,
      typ: TOKEN_TYPE,
      maxTokenAge: TOKEN_AGE_MAX,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'iat', 'exp'],
    }).catch((error: unknown) => {
      throw refusal(error);
    });
    return payload;
  }

  private callerOf(claims: JWTPayload): Caller {
    const payerId = claims[this.config.AUTH_PAYER_CLAIM];
    const roles = claims[this.config.AUTH_ROLES_CLAIM];
    return {
      id: `${claims.iss}|${claims.sub}`,
      subject: String(claims.sub),
      roles: (Array.isArray(roles) ? roles : [roles]).filter(isRole),
      payerId: typeof payerId === 'string' && payerId !== '' ? payerId : null,
      authTime: typeof claims['auth_time'] === 'number' ? claims['auth_time'] : null,
      acr: typeof claims['acr'] === 'string' ? claims['acr'] : null,
    };
  }
}

function isRole(value: unknown): value is Role {
  return ROLES.includes(value as Role);
}

function refusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired)
    return new Problem('unauthenticated', 'Your token has expired. Sign in again.');
  if (error instanceof errors.JOSEError)
    return new Problem('unauthenticated', 'Your token is not valid here. Sign in again.');
  return error;
}
