import { randomUUID } from 'node:crypto';

// A test reads what it expects to be there; a wrong shape fails the assertion, not the compiler.
export type Body = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

interface SendOptions {
  idempotencyKey?: string;
  headers?: Record<string, string>;
}

/** Somebody who calls the REST API. */
export class Api {
  constructor(
    private readonly url: string,
    readonly subject: string,
    readonly token: string,
  ) {}

  /** Signs in by the development token route. */
  static async signIn(url: string, role: string, subject: string): Promise<Api> {
    const { body } = await new Api(url, subject, '').post('/dev/tokens', { subject, role });
    return new Api(url, subject, body.token);
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body?: unknown, options?: SendOptions): Promise<Answer> {
    return this.send('POST', path, body, options);
  }

  /** A POST whose key nobody will repeat. */
  postOnce(path: string, body: unknown): Promise<Answer> {
    return this.post(path, body, { idempotencyKey: randomUUID() });
  }

  put(path: string, body?: unknown): Promise<Answer> {
    return this.send('PUT', path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    { idempotencyKey, headers }: SendOptions = {},
  ): Promise<Answer> {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }
}
