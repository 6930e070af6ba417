import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Points, View } from './points.ts';

/** Braintree's place for it. */
const KEY_IN_BODY = /"api_request_key":"([^"]+)"/;

/** One call of the gateway, as the application made it. */
export interface GatewayCall {
  /** `POST /v1/payment_intents/pi_1/confirm` */
  what: string;
  path: string;
  body: string;
  idempotencyKey: string | null;
}

export interface GatewayAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** What goes wrong with one call: each step may change or end it. `null` means that the connection breaks. */
export interface CallFault {
  /** Before the gateway hears of it: an answer that is not the gateway's, or nothing at all. */
  instead?: (call: GatewayCall) => Promise<GatewayAnswer | null>;
  /** After the gateway has done it. */
  then?: (answer: GatewayAnswer, call: GatewayCall) => Promise<GatewayAnswer | null>;
  /** Only so many bytes of the answer arrive. */
  cutAtByte?: number;
}

/** Told of every call; may say what goes wrong with it, and learns how it was answered. */
export interface Watcher {
  faultOf?(call: GatewayCall): CallFault | undefined;
  answered?(call: GatewayCall, answer: GatewayAnswer): void;
}

/** Stands between payments and the gateway, or between the application and payments. */
export class GatewayProxy {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;
  watcher: Watcher = {};
  /** Called while a call waits for its answer; returns what to do when it has come. */
  whileAsking: (call: GatewayCall) => () => void = () => () => undefined;

  /** Who answers; it may be known later than this address is. */
  target: URL;
  private readonly points: Points;
  private readonly view: View;

  private constructor(target: URL, points: Points, view: View) {
    this.target = target;
    this.points = points;
    this.view = view;
    this.#server = createServer((request, reply) => {
      this.serve(request, reply).catch(() => request.socket.resetAndDestroy());
    });
  }

  static async start(address: string, points: Points, view: View): Promise<GatewayProxy> {
    const proxy = new GatewayProxy(new URL(address), points, view);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
  }

  private async serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const path = request.url!.split('?')[0]!;
    const what = `${request.method} ${path}`;
    const body = await textOf(request);
    const key = request.headers['idempotency-key'] ?? KEY_IN_BODY.exec(body)?.[1];
    const call = { what, path, body, idempotencyKey: typeof key === 'string' ? key : null };
    const breaks = () => void request.socket.resetAndDestroy();

    if ((await this.points.see(this.view, 'before', what)) === 'cut') return breaks();
    const fault = this.watcher.faultOf?.(call);
    const done = this.whileAsking(call);
    const instead = fault?.instead ? await fault.instead(call) : undefined;
    if (instead === null) return breaks();
    let answer = instead ?? (await this.ask(request, body));
    if (!instead) this.watcher.answered?.(call, answer);
    if ((await this.points.see(this.view, 'after', what)) === 'cut') return breaks();
    if (fault?.then) {
      const changed = await fault.then(answer, call);
      if (changed === null) return breaks();
      answer = changed;
    }
    done();
    if (fault?.cutAtByte !== undefined) return cutShort(request, answer, fault.cutAtByte);
    reply.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private ask(request: IncomingMessage, body: string): Promise<GatewayAnswer> {
    const { hostname, port } = this.target;
    const { method, url: path } = request;
    const headers = { ...request.headers, host: this.target.host };
    return new Promise((resolve, reject) => {
      const asking = httpRequest({ hostname, port, method, path, headers, agent: this.#agent }, (answer) => {
        textOf(answer).then((text) => {
          const { 'transfer-encoding': _, connection: __, ...rest } = answer.headers;
          resolve({ status: answer.statusCode!, headers: rest, body: text });
        }, reject);
      });
      asking.on('error', reject);
      asking.end(body);
    });
  }
}

/** The first bytes of the answer arrive, then the connection breaks. */
function cutShort(
  { socket }: IncomingMessage,
  { status, headers, body }: GatewayAnswer,
  atByte: number,
): void {
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) });
  const head = lines.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('');
  const whole = Buffer.from(`HTTP/1.1 ${status} OK\r\n${head}\r\n${body}`);
  socket.write(whole.subarray(0, atByte % whole.length), () => {
    setTimeout(() => socket.resetAndDestroy(), 5); // what was written is thrown away by a reset right behind it
  });
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
