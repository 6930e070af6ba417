import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Answer } from '../support/api.js';
import { AUDIENCE, type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let issuer: OidcIssuer;
let tokenkeep: Tokenkeep;
beforeAll(async () => {
  issuer = await startOidcIssuer();
  tokenkeep = await startTokenkeep({
    environment: { WORKERS: 'off', AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE },
  });
});
afterAll(async () => {
  await tokenkeep.stop();
  await issuer.stop();
});

const now = () => Math.floor(Date.now() / 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token of the issuer', () => {
  it('opens what its roles allow, and nothing else', async () => {
    expect(
      (await ask(await issuer.token('service'), '/v1/payments/00000000-0000-7000-8000-000000000000')).status,
    ).toBe(404);
    expect((await ask(await issuer.token('service'), '/v1/audit-entries')).status).toBe(403);
    expect((await ask(await issuer.token('nobody'))).status).toBe(403);
  });

  it('is believed a few seconds before and after its time, as clocks differ', async () => {
    expect((await ask(await issuer.sign({ exp: now() - 2 }))).status).toBe(200);
    expect((await ask(await issuer.sign({ nbf: now() + 2, iat: now() + 2 }))).status).toBe(200);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['no token', () => ''],
    ['nonsense', () => 'nonsense'],
    ['three empty parts', () => '..'],
    ['two parts', async () => (await issuer.sign()).split('.').slice(0, 2).join('.')],
    ['four parts', async () => `${await issuer.sign()}.x`],
    ['an encrypted token’s five parts', () => 'a.b.c.d.e'],
    ['another issuer', () => issuer.sign({ iss: 'https://login.example.com' })],
    ['the issuer with a slash more', () => issuer.sign({ iss: `${issuer.url}/` })],
    ['no issuer', () => issuer.sign({ iss: undefined })],
    ['another audience', () => issuer.sign({ aud: 'https://shop.example.edu' })],
    ['the audience in other letters', () => issuer.sign({ aud: AUDIENCE.toUpperCase() })],
    ['several audiences, not ours', () => issuer.sign({ aud: ['a', 'b'] })],
    ['no audience', () => issuer.sign({ aud: undefined })],
    ['no subject', () => issuer.sign({ sub: undefined })],
    ['an end in the past', () => issuer.sign({ exp: now() - 10 })],
    ['no end', () => issuer.sign({ exp: undefined })],
    ['an end that is no number', () => issuer.sign({ exp: 'never' as never })],
    ['a beginning in the future', () => issuer.sign({ nbf: now() + 60 })],
    ['an issue in the future', () => issuer.sign({ iat: now() + 60 })],
    ['no time of issue', () => issuer.sign({ iat: undefined })],
    [
      'an issue two days ago, although it has not ended',
      () => issuer.sign({ iat: now() - 172_800, exp: now() + 60 }),
    ],
    ['the type of an id token', () => issuer.sign({}, { typ: 'JWT' })],
    ['no type', () => issuer.sign({}, { typ: undefined })],
    ['the type of a logout token', () => issuer.sign({}, { typ: 'logout+jwt' })],
    ['a key that the issuer does not have', () => issuer.sign({}, { kid: 'third' })],
    ['a header that we do not know and must', () => issuer.sign({}, { crit: ['x-odd'], 'x-odd': 1 })],
    ['no signature, and saying so', () => unsigned({ alg: 'none' })],
    ['no signature, in other letters', () => unsigned({ alg: 'None' })],
    ['an empty signature', async () => (await issuer.sign()).replace(/[^.]+$/, '')],
    [
      'another token’s signature',
      async () => (await issuer.sign()).replace(/[^.]+$/, (await issuer.sign({ jti: '2' })).split('.')[2]!),
    ],
    ['a signature of zeros', async () => (await issuer.sign()).replace(/[^.]+$/, 'A'.repeat(86))],
    [
      'claims that were changed',
      async () => swapped(await issuer.sign({ roles: ['payer'] }), { roles: ['finance'] }),
    ],
    ['a key that it brings along', () => foreign({ jwk: true })],
    ['an address of keys', () => foreign({ jku: 'http://127.0.0.1:9/keys' })],
    ['a certificate that it brings along', () => foreign({ x5u: 'http://127.0.0.1:9/cert', x5c: ['MIIB'] })],
    ['a key of somebody else under the right name', () => foreign({})],
    ['an address for the name of its key', () => foreign({ kid: '../../../dev/null' })],
    ['the public key as a shared secret', () => signedWithPublicKey()],
  ])('is refused: %s', async (_, token) => {
    const answer = await ask(await token());

    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each([
    ['a basic login', 'Basic Z3JhY2U6aG9wcGVy'],
    ['two tokens', 'Bearer a b'],
    ['no scheme', 'token'],
  ])('is refused in %s', async (_, authorization) => {
    const answer = await fetch(`${tokenkeep.url}/v1/payments`, { headers: { authorization } });

    expect(answer.status).toBe(401);
  });

  it('is refused in the address and in a cookie', async () => {
    const token = await issuer.sign();

    expect((await fetch(`${tokenkeep.url}/v1/payments?access_token=${token}`)).status).toBe(401);
    expect(
      (await fetch(`${tokenkeep.url}/v1/payments`, { headers: { cookie: `token=${token}` } })).status,
    ).toBe(401);
  });

  it('with roles that do not exist, or in a shape that is none, opens nothing', async () => {
    for (const roles of [['root'], 'admin', { finance: true }, [['finance']], 17, null])
      expect((await ask(await issuer.sign({ roles }))).status).toBe(403);
  });
});

describe('money that leaves', () => {
  const refund = '/v1/payments/00000000-0000-7000-8000-000000000000/refunds';

  it('needs a sign-in of the last five minutes, and the answer says how to get one', async () => {
    for (const stale of [
      { auth_time: now() - 301 },
      { auth_time: undefined },
      { auth_time: 'now' as never },
    ]) {
      const answer = await post(await issuer.sign(stale), refund);

      expect([answer.status, answer.body.code]).toEqual([401, 'insufficient_user_authentication']);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer error="insufficient_user_authentication".*max_age="300"/,
      );
    }
    expect((await post(await issuer.sign(), refund)).status).toBe(404);
  });

  it('needs as strong a sign-in as is configured', async () => {
    const strict = await startTokenkeep({
      environment: {
        WORKERS: 'off',
        AUTH_ISSUER: issuer.url,
        AUTH_AUDIENCE: AUDIENCE,
        AUTH_STEP_UP_ACR: 'urn:mfa',
      },
      beside: tokenkeep,
    });

    const weak = await post(await issuer.sign({ acr: 'urn:password' }), refund, strict);
    const strong = await post(await issuer.sign({ acr: 'urn:mfa' }), refund, strict);

    expect([weak.status, strong.status]).toEqual([401, 404]);
    expect(weak.headers.get('www-authenticate')).toContain('acr_values="urn:mfa"');
    await strict.stop();
  });
});

describe('the keys of the issuer', () => {
  it('are fetched once for many tokens, and not for keys that nobody has', async () => {
    await ask(await issuer.sign());
    const before = issuer.keysAsked();

    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => ask(await issuer.sign({}, { kid: `no ${index}` }))),
    );
    for (let index = 0; index < 5; index++) await ask(await issuer.sign({ jti: String(index) }));

    expect(issuer.keysAsked() - before).toBeLessThanOrEqual(1);
  });

  it('may be changed under way: tokens of the old and of the new one are good', async () => {
    const other = await startTokenkeep({
      environment: { WORKERS: 'off', AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE },
      beside: tokenkeep,
    });
    const old = await issuer.sign();

    await issuer.rotate();

    expect((await ask(await issuer.sign(), '/v1/payments', other)).status).toBe(200);
    expect((await ask(old, '/v1/payments', other)).status).toBe(200);
    await other.stop();
  });

  it('are remembered while the issuer is away; where they are not, nobody is let in, and 503 says so', async () => {
    const token = await issuer.sign({ jti: 'away' });
    const fresh = await startTokenkeep({
      environment: { WORKERS: 'off', AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE },
      beside: tokenkeep,
    });
    const known = await issuer.sign({ jti: 'known' }, { kid: 'first' });
    await issuer.stop();

    const answer = await ask(token, '/v1/payments', fresh);

    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'not_ready',
      '5',
    ]);
    expect((await ask(known)).status).toBe(401); // signed by the second key under the first one's name
    await issuer.startAgain();
    await fresh.stop();
  });

  it('are asked for each minute, so that a withdrawn one soon ends, and last ten minutes of silence', async () => {
    const other = await startTokenkeep({
      environment: { WORKERS: 'off', AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE },
      beside: tokenkeep,
    });
    const statusOf = async (token: string) => (await ask(token, '/v1/payments', other)).status;
    const old = await issuer.sign();

    expect(await statusOf(old)).toBe(200);
    await issuer.rotate('newest');
    issuer.withdrawOldKeys();
    expect(await minutesLater(1.1, () => statusOf(old))).toBe(401);
    const fresh = [await issuer.sign(), await issuer.sign({ jti: 'late' })] as const;
    await issuer.stop();
    expect(await minutesLater(5, () => statusOf(fresh[0]))).toBe(200);
    expect(await minutesLater(15, () => statusOf(fresh[1]))).toBe(503);

    await issuer.startAgain();
    await other.stop();
  });
});

/** For what the program remembers; tokens are judged by the time that it really is. */
async function minutesLater(minutes: number, act: () => Promise<number>): Promise<number> {
  const { now } = Date;
  Date.now = () => now() + minutes * 60_000;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
}

async function ask(token: string, path = '/v1/payments', at = tokenkeep): Promise<Answer> {
  const answer = await fetch(at.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

async function post(token: string, path: string, at = tokenkeep): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': 'k',
  };
  const answer = await fetch(at.url + path, { method: 'POST', headers, body: '{}' });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

async function unsigned(header: object): Promise<string> {
  return `${part({ typ: 'at+jwt', ...header })}.${(await issuer.sign()).split('.')[1]}.`;
}

function swapped(token: string, claims: JWTPayload): string {
  const [header, payload, signature] = token.split('.');
  const before = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as JWTPayload;
  return `${header}.${part({ ...before, ...claims })}.${signature}`;
}

/** Well made, by somebody who is not the issuer. */
async function foreign({
  jwk: bringsKey,
  ...header
}: {
  jwk?: true;
  [name: string]: unknown;
}): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const claims = JSON.parse(
    Buffer.from((await issuer.sign()).split('.')[1]!, 'base64url').toString(),
  ) as JWTPayload;
  const jwk = bringsKey ? { jwk: await exportJWK(publicKey) } : {};
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'first', ...header, ...jwk })
    .sign(privateKey);
}

/** The oldest trick: a verifier that takes the algorithm from the token would check with what everybody knows. */
async function signedWithPublicKey(): Promise<string> {
  const { keys } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: object[] };
  const claims = JSON.parse(
    Buffer.from((await issuer.sign()).split('.')[1]!, 'base64url').toString(),
  ) as JWTPayload;
  const secret = new TextEncoder().encode(JSON.stringify(keys[0]));
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'first' }).sign(secret);
}
