import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import Provider from 'oidc-provider';

export const AUDIENCE = 'https://pay.example.edu';

/** A certified OpenID Connect issuer, which gives access tokens to two services of its own, and shows what it was asked. */
export interface OidcIssuer {
  url: string;
  /** How often its keys were fetched. */
  keysAsked(): number;
  /** An access token by the client credentials grant. */
  token(client?: 'service' | 'nobody'): Promise<string>;
  /** Signed with its own newest key: what it could say, if it wanted to. */
  sign(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** From now on signs with a new key, and shows both. */
  rotate(kid?: string): Promise<void>;
  /** Shows the newest key only from now on. */
  withdrawOldKeys(): void;
  stop(): Promise<void>;
  startAgain(): Promise<void>;
}

interface Key {
  private: JWK;
  sign: CryptoKey;
}

export async function startOidcIssuer(): Promise<OidcIssuer> {
  const keys = [await newKey('first')];
  let keysAsked = 0;
  let server: Server;
  let handle: RequestListener;
  const port = await listen(0);
  const url = `http://127.0.0.1:${port}`;
  configure();

  async function listen(at: number): Promise<number> {
    server = createServer((request, response) => {
      if (request.url?.startsWith('/jwks')) keysAsked++;
      void handle(request, response);
    });
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  function configure(): void {
    handle = new Provider(url, {
      jwks: { keys: keys.map((key) => key.private) },
      clients: ['service', 'nobody'].map((id) => ({
        client_id: id,
        client_secret: `secret of ${id}`,
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
      })),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: '',
            audience: AUDIENCE,
            accessTokenFormat: 'jwt' as const,
            accessTokenTTL: 300,
            jwt: { sign: { alg: 'ES256' as const } },
          }),
        },
      },
      extraTokenClaims: (_context: unknown, token: { clientId?: string }) => ({
        sub: token.clientId,
        ...(token.clientId === 'service' ? { roles: ['service'] } : {}),
      }),
    }).callback();
  }

  return {
    url,
    keysAsked: () => keysAsked,
    token: async (client = 'service') => {
      const answer = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${client}:${encodeURIComponent(`secret of ${client}`)}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
      });
      const body = (await answer.json()) as { access_token?: string };
      if (!body.access_token) throw new Error(JSON.stringify(body));
      return body.access_token;
    },
    sign: (claims = {}, header = {}) => {
      const key = keys[0]!;
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: url,
        aud: AUDIENCE,
        sub: 'grace',
        roles: ['finance'],
        iat: now,
        exp: now + 300,
        auth_time: now,
      };
      return new SignJWT({ ...all, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.private.kid!, ...header })
        .sign(key.sign, { crit: { 'x-odd': true } });
    },
    rotate: async (kid = 'second') => {
      keys.unshift(await newKey(kid));
      configure();
    },
    withdrawOldKeys: () => {
      keys.length = 1;
      configure();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    startAgain: async () => {
      await listen(port);
    },
  };
}

async function newKey(kid: string): Promise<Key> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { private: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' }, sign: privateKey };
}
