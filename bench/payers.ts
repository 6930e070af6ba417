// Tokenkeep's payers save their cards as any frontend does it: through its REST API.
import type { Payer } from './load/job.js';

export async function serviceToken(url: string): Promise<string> {
  const { token } = await post<{ token: string }>(url, '/dev/tokens', { subject: 'bench', role: 'service' });
  return token;
}

export async function savedMethods(url: string, count: number): Promise<Payer[]> {
  const payers: Payer[] = [];
  for (let number = 0; number < count; number++) payers.push(await savedMethod(url, `bench-${number}`));
  return payers;
}

/** A payer with five cards; their token. */
export async function fiveMethodsOf(url: string, subject: string): Promise<string> {
  const { token } = await post<{ token: string }>(url, '/dev/tokens', { subject, role: 'payer' });
  for (let count = 0; count < 5; count++) await savedMethod(url, subject);
  return token;
}

async function savedMethod(url: string, subject: string): Promise<Payer> {
  const { token } = await post<{ token: string }>(url, '/dev/tokens', { subject, role: 'payer' });
  const setup = await post<{ id: string }>(
    url,
    '/v1/setup-intents',
    { type: 'card', flow: 'embedded' },
    token,
  );
  const method = await post<{ id: string }>(
    url,
    `/v1/setup-intents/${setup.id}/completions`,
    undefined,
    token,
  );
  return { payerId: payerIdOf(token), paymentMethodId: method.id };
}

async function post<T>(url: string, path: string, body?: object, token?: string): Promise<T> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

function payerIdOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
    payer_id: string;
  };
  return claims.payer_id;
}
