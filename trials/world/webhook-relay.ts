import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHmac } from 'node:crypto';

/** An event as the gateway sent it. */
export interface Delivery {
  body: string;
  signature: string;
  event: { id: string; type: string; data: { object: Record<string, unknown> } };
}

/** What becomes of a delivery: the status that the gateway is answered. 200 without passing it on loses it for good. */
export type Fate = (delivery: Delivery, pass: () => Promise<number>) => Promise<number>;

const PASS: Fate = (_, pass) => pass();

/** Receives the gateway's events in the application's place and passes them on, unless something else is their fate. */
export class WebhookRelay {
  readonly #server: Server;
  readonly secret: string;
  readonly received: Delivery[] = [];
  /** Answered 200 and never passed on. */
  readonly lost: Delivery[] = [];
  fate: Fate = PASS;
  /** Where the application is listening now. */
  target: string | null = null;

  private constructor(secret: string) {
    this.secret = secret;
    this.#server = createServer((request, reply) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const signature = String(request.headers['stripe-signature']);
        const delivery: Delivery = { body, signature, event: JSON.parse(body) as Delivery['event'] };
        this.received.push(delivery);
        this.fate(delivery, () => this.pass(delivery)).then(
          (status) => reply.writeHead(status).end(),
          () => reply.writeHead(500).end(),
        );
      });
    });
  }

  static async start(secret: string): Promise<WebhookRelay> {
    const relay = new WebhookRelay(secret);
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
    return this.pass({ ...delivery, signature: this.sign(delivery.body) });
  }

  sign(body: string, atSeconds = Math.floor(Date.now() / 1000)): string {
    const mac = createHmac('sha256', this.secret).update(`${atSeconds}.${body}`).digest('hex');
    return `t=${atSeconds},v1=${mac}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  private async pass({ body, signature }: Delivery): Promise<number> {
    if (!this.target) return 503;
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    try {
      const answer = await fetch(`${this.target}/v1/webhooks/stripe`, { method: 'POST', headers, body });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 503; // nobody is at home: the gateway tries again
    }
  }
}
