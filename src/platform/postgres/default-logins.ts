import { Client } from 'pg';
import { APPLICATION_LOGIN } from './roles.js';

/** What servers, images and guides come with. */
const DEFAULTS = [
  ['postgres', 'postgres'],
  ['postgres', 'password'],
  ['postgres', ''],
  [APPLICATION_LOGIN, APPLICATION_LOGIN],
  ['tokenkeep_payments', 'tokenkeep_payments'],
] as const;
const CONNECT_TIMEOUT_MS = 5_000;

/** Tries the logins that everybody knows on the server of a URL. Returns those that it accepts; none is right. */
export async function acceptedDefaultLogins(url: string): Promise<string[]> {
  const accepted: string[] = [];
  for (const [user, password] of DEFAULTS) {
    const address = new URL(url);
    address.username = user;
    address.password = password;
    const client = new Client({
      connectionString: address.href,
      password,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    try {
      await client.connect();
      accepted.push(user);
    } catch {
      // refused, as it should be
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return accepted;
}
