import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** An OpenID Connect issuer that knows one person and asks no password; strict about PKCE and its one client. */
export interface TestIssuer {
  url: string;
  clientId: string;
  audience: string;
  stop(): Promise<void>;
}

const KEY_ID = 'the-key';

export async function startIssuer(): Promise<TestIssuer> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { clientId: 'tokenkeep-page', audience: 'https://pay.example.edu' };
  const codes = new Map<string, URLSearchParams>();
  let url = '';

  const token = (): string => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: url,
      aud: issuer.audience,
      sub: 'grace',
      name: 'Grace Hopper',
      iat: now,
      exp: now + 600,
    };
    const payer = { payer_id: 'payer-grace', roles: ['payer'] };
    const parts = [
      { alg: 'ES256', typ: 'at+jwt', kid: KEY_ID },
      { ...claims, ...payer },
    ];
    const text = parts.map((it) => Buffer.from(JSON.stringify(it)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };

  const answers: Record<string, (query: URLSearchParams, response: ServerResponse) => void> = {
    '/.well-known/openid-configuration': (_, response) =>
      json(response, 200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
      }),
    '/keys': (_, response) =>
      json(response, 200, {
        keys: [{ ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: KEY_ID, alg: 'ES256' }],
      }),
    '/authorize': (query, response) => {
      const code = randomUUID();
      codes.set(code, query);
      const back = new URL(query.get('redirect_uri')!);
      for (const [name, value] of Object.entries({ code, state: query.get('state')!, iss: url }))
        back.searchParams.set(name, value);
      response.writeHead(303, { location: back.href }).end();
    },
    '/token': (form, response) => {
      const asked = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      const isRight =
        asked?.get('code_challenge') === challenge &&
        asked.get('code_challenge_method') === 'S256' &&
        asked.get('redirect_uri') === form.get('redirect_uri') &&
        form.get('client_id') === issuer.clientId;
      if (isRight) json(response, 200, { access_token: token(), token_type: 'Bearer', expires_in: 600 });
      else json(response, 400, { error: 'invalid_grant' });
    },
  };

  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', url);
      const answer = answers[pathname];
      if (answer) answer(request.method === 'POST' ? new URLSearchParams(body) : searchParams, response);
      else response.writeHead(404).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    ...issuer,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function json(response: ServerResponse, status: number, body: object): void {
  const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
