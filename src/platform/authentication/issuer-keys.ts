import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { Problem } from '../problem/problem.js';

const DISCOVERY_TIMEOUT_MS = 5_000;
/** How long an issuer that did not answer is left alone: each token that arrives meanwhile would ask it again. */
const DISCOVERY_REST_MS = 5_000;
/** The keys are asked for anew at this pace, so that one that was withdrawn is soon believed no more: one small request a minute. */
export const KEYS_FRESH_MS = 60_000;
/** Keys of an issuer that does not answer any more are believed no longer: an outage of some minutes shuts nobody out. */
export const KEYS_AGE_MS_MAX = 10 * 60_000;
/** A token with a key that nobody knows makes us ask for the keys, at most this often. */
const KEYS_REST_MS = 30_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/** The issuer's public keys, found by OpenID Connect discovery at the first token and kept fresh by `jose`. */
export function issuerKeys(issuer: string): JWTVerifyGetKey {
  let discovered: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    discovered ??= discover(issuer).catch((error: unknown) => {
      setTimeout(() => (discovered = undefined), DISCOVERY_REST_MS).unref();
      throw error;
    });
    const keys = await discovered;
    return Promise.resolve(keys(header, token)).catch((error: unknown) => {
      throw isAboutTheToken(error) ? error : silence();
    });
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, {
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
    redirect: 'error',
  }).catch(() => null);
  const document = (answer?.ok ? await answer.json().catch(() => ({})) : {}) as {
    issuer?: unknown;
    jwks_uri?: unknown;
  };
  if (document.issuer !== issuer || typeof document.jwks_uri !== 'string') throw silence();
  return keptFresh(
    createRemoteJWKSet(new URL(document.jwks_uri), {
      cacheMaxAge: KEYS_AGE_MS_MAX,
      cooldownDuration: KEYS_REST_MS,
    }),
  );
}

/** One token a minute waits for the answer, and all who come meanwhile use the keys that are there. */
function keptFresh(keys: RemoteKeys): JWTVerifyGetKey {
  let asked = Date.now();
  return async (header, token) => {
    if (keys.jwks() && Date.now() - asked >= KEYS_FRESH_MS) {
      asked = Date.now();
      await keys.reload().catch(() => undefined); // the old ones are good for a while
    }
    return keys(header, token);
  };
}

/** Everything else is about the issuer: it cannot be reached, or answers something that is no list of keys. */
function isAboutTheToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}

function silence(): Problem {
  return new Problem('not_ready', 'The token issuer does not answer. Try again shortly.', undefined, 5);
}
