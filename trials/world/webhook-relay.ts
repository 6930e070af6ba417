import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { News, TrialGateway } from '../gateways/gateway.ts';

/** An event as the gateway sent it. */
export interface Delivery {
  body: string;
  headers: Record<string, string>;
  event: News;
}

/** What becomes of a delivery: the status that the gateway is answered. 200 without passing it on loses it for good. */
export type Fate = (delivery: Delivery, pass: () => Promise<number>) => Promise<number>;

/** What a signature is made of, or lies in. */
const SIGNED = new Set(['content-type', 'stripe-signature', 'authorization', 'hmacsignature', 'protocol']);

const PASS: Fate = (_, pass) => pass();

/** Receives the gateway's events in the application's place and passes them on, unless something else is their fate. */
export class WebhookRelay {
  readonly #server: Server;
  readonly #gateway: TrialGateway;
  readonly secret: string;
  readonly received: Delivery[] = [];
  /** Answered 200 and never passed on. */
  readonly lost: Delivery[] = [];
  fate: Fate = PASS;
  /** Where the application is listening now. */
  target: string | null = null;

  private constructor(gateway: TrialGateway) {
    this.#gateway = gateway;
    this.secret = gateway.newSecret();
    this.#server = createServer((request, reply) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const passed = Object.entries(request.headers).filter(([name]) => SIGNED.has(name));
        const headers = Object.fromEntries(passed) as Record<string, string>;
        const delivery: Delivery = { body, headers, event: gateway.newsIn(body) };
        this.received.push(delivery);
        this.fate(delivery, () => this.pass(delivery)).then(
          (status) => reply.writeHead(status).end(),
          () => reply.writeHead(500).end(),
        );
      });
    });
  }

  static async start(gateway: TrialGateway): Promise<WebhookRelay> {
    const relay = new WebhookRelay(gateway);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`;
  }

  /** Everything is passed on from now on. */
  heal(): void {
    this.fate = PASS;
  }

  /** Keeps the event from the application for ever. */
  lose(delivery: Delivery): number {
    this.lost.push(delivery);
    return 200;
  }

  /** What a gateway's own retry would do at last: the same event, signed anew. */
  async sendAgain(delivery: Delivery): Promise<number> {
    const anew = this.#gateway.signedAgain?.(delivery.body, this.secret);
    return this.pass({ ...delivery, headers: { ...delivery.headers, ...anew } });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  private async pass({ body, headers }: Delivery): Promise<number> {
    if (!this.target) return 503;
    try {
      const answer = await fetch(`${this.target}/v1/webhooks/${this.#gateway.name}`, {
        method: 'POST',
        headers,
        body,
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 503; // nobody is at home: the gateway tries again
    }
  }
}
