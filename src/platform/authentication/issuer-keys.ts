import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { Problem } from '../problem/problem.js';

const DISCOVERY_TIMEOUT_MS = 5_000;

/** The issuer's public keys, found by OpenID Connect discovery at the first token and kept fresh by `jose`. */
export function issuerKeys(issuer: string): JWTVerifyGetKey {
  let discovered: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    discovered ??= discover(issuer).catch((error: unknown) => {
      discovered = undefined; // the next request asks again
      throw error;
    });
    return (await discovered)(header, token);
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, {
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
    redirect: 'error',
  }).catch(() => null);
  const document = answer?.ok ? ((await answer.json()) as { issuer?: unknown; jwks_uri?: unknown }) : {};
  if (document.issuer !== issuer || typeof document.jwks_uri !== 'string')
    throw new Problem('not_ready', 'The token issuer does not answer. Try again shortly.', undefined, 5);
  return createRemoteJWKSet(new URL(document.jwks_uri));
}
