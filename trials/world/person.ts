import { randomBytes } from 'node:crypto';
import type { Json } from './gateway-account.ts';

export interface Answer {
  /** 0: there was none; the caller does not know what became of the request. */
  status: number;
  body: Json;
  isReplay: boolean;
}

const NO_ANSWER: Answer = { status: 0, body: null, isReplay: false };
/** As long as a patient client waits; after it, the request counts as unanswered. */
const PATIENCE_MS = 60_000;

/** A tenth of a second apart: longer than a program that was killed takes to come back, also on a machine that is busy. */
const SIGN_IN_TRIES = 600;

/** Somebody who calls the REST API, and who repeats with the same key what was not answered. */
export class Person {
  readonly url: string;
  readonly role: string;
  readonly subject: string;
  readonly token: string;

  private constructor(url: string, role: string, subject: string, token: string) {
    this.url = url;
    this.role = role;
    this.subject = subject;
    this.token = token;
  }

  static async signIn(
    url: string,
    role: string,
    subject = `t-${randomBytes(6).toString('hex')}`,
  ): Promise<Person> {
    const nobody = new Person(url, role, subject, '');
    const { status, body } = await nobody.persist(
      () => nobody.post('/dev/tokens', { subject, role }),
      SIGN_IN_TRIES,
    );
    if (status !== 201) throw new Error(`Nobody can sign in at ${url}: ${status} ${JSON.stringify(body)}`);
    return new Person(url, role, subject, body.token);
  }

  /** The same person at another instance. */
  at(url: string): Person {
    return new Person(url, this.role, this.subject, this.token);
  }

  get payerId(): string {
    const claims = Buffer.from(this.token.split('.')[1]!, 'base64url').toString();
    return (JSON.parse(claims) as { payer_id: string }).payer_id;
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body: object = {}, key?: string): Promise<Answer> {
    return this.send('POST', path, body, key);
  }

  put(path: string): Promise<Answer> {
    return this.send('PUT', path);
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  /** Asks again while there is no answer, as a client with a retry loop does. */
  async persist(ask: () => Promise<Answer>, tries = 8): Promise<Answer> {
    for (let left = tries; ; left--) {
      const answer = await ask();
      const isSettled = answer.status !== 0 && answer.status < 500 && answer.status !== 429;
      if (isSettled || left === 0) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async send(method: string, path: string, body?: object, key?: string): Promise<Answer> {
    try {
      const answer = await fetch(this.url + path, {
        method,
        headers: {
          ...(this.token && { authorization: `Bearer ${this.token}` }),
          ...(body && { 'content-type': 'application/json' }),
          ...(key && { 'idempotency-key': key }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await answer.text();
      const isJson = answer.headers.get('content-type')?.includes('json');
      const isReplay = answer.headers.get('idempotency-replayed') === 'true';
      return { status: answer.status, body: isJson ? JSON.parse(text) : text, isReplay };
    } catch {
      return NO_ANSWER;
    }
  }
}

export function newKey(): string {
  return randomBytes(12).toString('hex');
}
