import { leaveFor, returnAddress } from './places.js';
import { beginSession } from './session.js';

/** OpenID Connect: authorization code with PKCE, as a public client. The token stays in this tab. */
export interface Issuer {
  issuer: string;
  clientId: string;
  audience: string;
}

interface Discovered {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
}

interface Started {
  state: string;
  verifier: string;
  place: string;
}

const STARTED = 'tokenkeep.sign-in';

export async function goToIssuer(issuer: Issuer): Promise<void> {
  const { authorization_endpoint: endpoint } = await discover(issuer);
  const started: Started = { state: randomText(), verifier: randomText(), place: location.hash };
  sessionStorage.setItem(STARTED, JSON.stringify(started));
  const address = new URL(endpoint);
  const query = {
    response_type: 'code',
    client_id: issuer.clientId,
    redirect_uri: returnAddress(),
    scope: 'openid profile',
    state: started.state,
    code_challenge: await challengeOf(started.verifier),
    code_challenge_method: 'S256',
    resource: issuer.audience, // RFC 8707
    audience: issuer.audience, // what came before it
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  leaveFor(address.href);
}

/** The payer is back from the issuer: the code becomes a token. Gives the place where they were. */
export async function finishSignIn(issuer: Issuer, answer: URLSearchParams): Promise<string> {
  const started = JSON.parse(sessionStorage.getItem(STARTED) ?? 'null') as Started | null;
  sessionStorage.removeItem(STARTED);
  const refusal = answer.get('error_description') ?? answer.get('error');
  if (refusal) throw new Error(`You are not signed in: ${refusal}`);
  if (!started || answer.get('state') !== started.state)
    throw new Error('This sign-in was not begun in this tab. Sign in again.');

  const { token_endpoint: endpoint, issuer: name } = await discover(issuer);
  if ((answer.get('iss') ?? name) !== name) throw new Error('Another issuer answered. Sign in again.'); // RFC 9207
  const response = await fetch(endpoint, {
    method: 'POST',
    credentials: 'omit',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: issuer.clientId,
      code: answer.get('code') ?? '',
      redirect_uri: returnAddress(),
      code_verifier: started.verifier,
      resource: issuer.audience,
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (!response.ok || !token) throw new Error('The issuer gave no token. Sign in again.');
  beginSession(token);
  return started.place;
}

async function discover({ issuer }: Issuer): Promise<Discovered> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    credentials: 'omit',
  });
  if (!answer.ok) throw new Error('The sign-in service does not answer. Try again in a moment.');
  const discovered = (await answer.json()) as Discovered;
  if (discovered.issuer !== issuer) throw new Error('The sign-in service is not the one that was set up.');
  return discovered;
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
