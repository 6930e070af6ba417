import type { Account, StoredAnswer } from '../state/account.js';
import { StripeError } from './errors.js';

/**
 * https://docs.stripe.com/api/idempotent_requests: the first answer to a key is kept, whatever it was, and given to
 * every later request with the same key and parameters. Nothing is kept for requests that were refused before they
 * began: wrong parameters, a second request while the first is still at work.
 */
export type Replay = { isReplay: true; answer: StoredAnswer & { status: number; body: string } };
export type First = { isReplay: false; answer: StoredAnswer };

const KEY_LENGTH_MAX = 255;

export function begin(
  account: Account,
  key: string,
  endpoint: string,
  fingerprint: string,
  requestId: string,
  keptMs: number,
): Replay | First {
  if (key.length > KEY_LENGTH_MAX) {
    throw refusal(400, `Idempotency keys may have at most ${KEY_LENGTH_MAX} characters.`);
  }
  const known = account.answers.get(key);
  if (known && account.nowMs() - known.atMs < keptMs) {
    if (known.endpoint !== endpoint) {
      const message = `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${endpoint}' vs '${known.endpoint}'). Try using a key other than '${key}' if you meant to execute a different request.`;
      throw refusal(400, message);
    }
    if (known.fingerprint !== fingerprint) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
      throw refusal(400, message);
    }
    if (isFinished(known)) return { isReplay: true, answer: known };
    const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
    throw refusal(409, message, 'idempotency_key_in_use');
  }
  const answer: StoredAnswer = { key, endpoint, fingerprint, requestId, atMs: account.nowMs() };
  account.answers.set(key, answer);
  return { isReplay: false, answer };
}

/** The request was refused before it began: as if the key had never been seen. */
export function forget(account: Account, answer: StoredAnswer): void {
  if (account.answers.get(answer.key) === answer) account.answers.delete(answer.key);
}

function isFinished(answer: StoredAnswer): answer is StoredAnswer & { status: number; body: string } {
  return answer.status !== undefined;
}

function refusal(status: number, message: string, code?: string): StripeError {
  const type = status === 409 ? 'invalid_request_error' : 'idempotency_error';
  return new StripeError(status, { type, message, ...(code && { code }) }, false, false);
}
