import type { FastifyRequest } from 'fastify';
import type { Sandbox } from '../sandbox.js';
import type { Account } from '../state/account.js';
import { authenticationError } from './errors.js';

export interface Caller {
  account: Account;
  isBrowser: boolean;
}

/** Every test key names an account of its own; `pk_test_x` is the publishable key of `sk_test_x`. */
export function authenticate(sandbox: Sandbox, request: Pick<FastifyRequest, 'headers'>): Caller {
  const key = keyOf(request.headers.authorization);
  if (!key) {
    const message =
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.";
    throw authenticationError(message);
  }
  const [, kind, name] = /^(sk|pk|rk)_test_([A-Za-z0-9_-]{1,200})$/.exec(key) ?? [];
  if (!kind || !name || kind === 'rk') {
    const shown = `${key.slice(0, 7)}${'*'.repeat(8)}${key.slice(-4)}`;
    throw authenticationError(
      `Invalid API Key provided: ${key.length > 15 ? shown : '*'.repeat(key.length)}`,
    );
  }
  return { account: sandbox.accountOfKey(`sk_test_${name}`), isBrowser: kind === 'pk' };
}

function keyOf(authorization: string | undefined): string | undefined {
  const [scheme, value] = (authorization ?? '').split(' ');
  if (!value) return undefined;
  if (scheme === 'Bearer') return value;
  // curl -u sk_test_...: the key is the user name.
  return scheme === 'Basic' ? Buffer.from(value, 'base64').toString().split(':')[0] : undefined;
}
