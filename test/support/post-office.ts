import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Body } from './api.js';
import type { Tokenkeep } from './tokenkeep.js';

/** News as it was sent, signed as this gateway signs. */
export interface Letter {
  body: Buffer;
  headers: Record<string, string>;
}

/** What a signature is made of, or lies in. */
const SIGNED = ['content-type', 'stripe-signature', 'authorization', 'hmacsignature', 'protocol'];

/** Who knows everything of us but what news is signed with. */
const FORGER = '/forger';

/** Stands between the gateway and us: keeps its news, which a test hands on as it likes, in whatever gateway's words. */
export class PostOffice {
  readonly #letters: Letter[] = [];
  readonly #forged: Letter[] = [];
  readonly #server: Server;

  private constructor(private readonly tokenkeep: Tokenkeep) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const signed = Object.entries(request.headers).filter(([name]) => SIGNED.includes(name));
        const headers = Object.fromEntries(signed) as Letter['headers'];
        const to = request.url === FORGER ? this.#forged : this.#letters;
        to.push({ body: Buffer.concat(chunks), headers });
        response.end();
      });
    });
  }

  /** From now on the gateway sends its news here, and here alone. */
  static async of(tokenkeep: Tokenkeep): Promise<PostOffice> {
    const { sandbox } = tokenkeep;
    const office = new PostOffice(tokenkeep);
    office.#server.listen(0, '127.0.0.1');
    await once(office.#server, 'listening');
    const url = `http://127.0.0.1:${(office.#server.address() as AddressInfo).port}`;
    const { data } = await sandbox.call('GET', '/v1/webhook_endpoints');
    for (const { id } of data as Body[]) await sandbox.call('POST', `/v1/webhook_endpoints/${id}`, { url });
    await sandbox.addWebhookEndpoint(url + FORGER, 'EF'.repeat(32), credentialsOf(tokenkeep));
    return office;
  }

  /** What the gateway says of what happens meanwhile, in the order in which it says it. */
  async during(happening: () => Promise<unknown>): Promise<Letter[]> {
    return this.sent(this.#letters, happening);
  }

  /** The same news, signed by somebody who does not know our secret. */
  async forgedDuring(happening: () => Promise<unknown>): Promise<Letter[]> {
    return this.sent(this.#forged, happening);
  }

  async handOn({ body, headers }: Letter, gateway = this.tokenkeep.gateway): Promise<Answer> {
    const url = `${this.tokenkeep.alone?.url ?? this.tokenkeep.url}/v1/webhooks/${gateway}`;
    const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  private async sent(letters: Letter[], happening: () => Promise<unknown>): Promise<Letter[]> {
    await this.tokenkeep.sandbox.deliveriesDone();
    const before = letters.length;
    await happening();
    await this.tokenkeep.sandbox.deliveriesDone();
    return letters.slice(before);
  }
}

/** What the gateway is told beside a secret. */
function credentialsOf({
  gateway,
  environment,
}: Tokenkeep): Parameters<Tokenkeep['sandbox']['addWebhookEndpoint']>[2] {
  if (gateway === 'braintree') return { public_key: environment['BRAINTREE_PUBLIC_KEY']! };
  if (gateway !== 'adyen') return {};
  const [username, password] = environment['ADYEN_WEBHOOK_CREDENTIALS']!.split(':');
  return { username: username!, password: password! };
}
