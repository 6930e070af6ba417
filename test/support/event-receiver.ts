import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Body } from './api.js';

/** One request as it came. */
export interface Received {
  headers: Record<string, string>;
  raw: string;
  event: Body;
}

/** Somebody who subscribed to events: takes what comes, unless it is told to answer otherwise. */
export class EventReceiver {
  readonly received: Received[] = [];
  /** What it answers; 204 to everything unless a test says otherwise. */
  answer: (event: Body) => { status: number; body?: string; headers?: Record<string, string> } = () => ({
    status: 204,
  });
  #server?: Server;
  #port = 0;

  constructor(private readonly host: string) {}

  get url(): string {
    return `http://${this.host}:${this.#port}/events`;
  }

  /** The port stays the same when it comes back. */
  async open(): Promise<this> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const event: Body = JSON.parse(raw);
        const { status, body, headers } = this.answer(event);
        this.received.push({ headers: request.headers as Record<string, string>, raw, event });
        response.writeHead(status, headers).end(body);
      });
    });
    this.#server.listen(this.#port, this.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server?.listening) await once(this.#server, 'close');
  }

  /** What it was told of one payment, in the order in which it came. */
  typesOf(paymentId: string): string[] {
    return this.of(paymentId).map(({ event }) => event.type);
  }

  of(paymentId: string): Received[] {
    return this.received.filter(({ event }) => event.payment?.id === paymentId);
  }
}

/** Whether a receiver who has this secret believes the request. */
export function believes(secret: string, { raw, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(raw, headers);
    return true;
  } catch {
    return false;
  }
}
