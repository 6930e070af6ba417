import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, type JWTVerifyGetKey, SignJWT } from 'jose';
import { developmentSecret } from '../../platform/configuration/development-secret.js';
import {
  newEd25519Key,
  privateKeyOf,
  publicKeyOf,
  publicText,
} from '../../platform/configuration/ed25519-keys.js';
import { Problem } from '../../platform/problem/problem.js';

const ISSUER = 'urn:tokenkeep:application';
const AUDIENCE = 'urn:tokenkeep:payments';
const ALGORITHM = 'EdDSA';
/** So that no token of a person can pass for one of the application, nor the other way round. */
const TYPE = 'tokenkeep-service+jwt';
/** Long enough for one request; whoever finds one in a log is too late. */
const LIFETIME_SECONDS = 60;
/** One token serves the calls of this time: signing and checking one costs more than the rest of a call. */
const USED_MS = 30_000;
/** Clocks of two well-kept servers differ by less. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** More than two keys of one application, each with a token at a time, in several instances. */
const REMEMBERED_MAX = 1_000;

/** Signs what the application proves by that it is the application. */
export class ServiceTokens {
  #current?: { token: Promise<string>; keyText: string; until: number };

  /** `keyText` is asked for each time: it may be exchanged while the program runs. */
  constructor(private readonly keyText: () => string) {}

  current(): Promise<string> {
    const keyText = this.keyText();
    if (this.#current?.keyText !== keyText || Date.now() > this.#current.until)
      this.#current = { token: signed(keyText), keyText, until: Date.now() + USED_MS };
    return this.#current.token;
  }
}

async function signed(keyText: string): Promise<string> {
  const { name, key } = privateKeyOf(keyText);
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: name })
    .setIssuer(ISSUER)
    .setSubject('application')
    .setAudience(AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${LIFETIME_SECONDS} s`)
    .sign(key);
}

/** Knows the application by its tokens. */
export class ServiceTokenVerifier {
  readonly #remembered = new Map<string, { keysText: string; until: number }>();

  /** `keyTexts` are asked for each time: one is added, and later another taken away, while the program runs. */
  constructor(private readonly keyTexts: () => readonly string[]) {}

  /** @throws Problem `service_token_invalid` */
  async verify(token: string): Promise<void> {
    const keysText = this.keyTexts().join();
    const known = this.#remembered.get(token);
    if (known?.keysText === keysText && Date.now() < known.until) return;
    const { payload } = await jwtVerify(token, this.keyNamed, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: [ALGORITHM],
      typ: TYPE,
      maxTokenAge: LIFETIME_SECONDS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'iat', 'exp', 'jti'],
    }).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? refusal() : error;
    });
    this.remember(token, keysText, payload.exp! * 1000);
  }

  private readonly keyNamed: JWTVerifyGetKey = ({ kid }) => {
    const text = this.keyTexts().find((it) => it.startsWith(`${kid}:`));
    if (!text) throw refusal();
    return publicKeyOf(text).key;
  };

  private remember(token: string, keysText: string, until: number): void {
    this.#remembered.set(token, { keysText, until });
    if (this.#remembered.size > REMEMBERED_MAX)
      this.#remembered.delete(this.#remembered.keys().next().value!); // the oldest
  }
}

function refusal(): Problem {
  return new Problem(
    'service_token_invalid',
    'Only the application may call this, by a token that a key of PAYMENTS_LINK_PUBLIC_KEYS vouches for.',
  );
}

/** In development, where both programs share a data folder, payments find the public half there. */
export function developmentLinkKey(folder: string): string {
  return developmentSecret(folder, 'payments-link-key', () => newEd25519Key('development'));
}

/** What the application signs with, and what payments know it by. */
export function newLinkKey(name: string): { signing: string; known: string } {
  const signing = newEd25519Key(name);
  return { signing, known: publicText(privateKeyOf(signing)) };
}
