import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Account, Reply } from './gateway.js';

export interface Received {
  body: string;
  signature: string;
  event: Reply;
}

export const SECRET = 'whsec_test';

/** Where an account's events arrive; it answers as it is told. */
export async function receiveWebhooks(account: Account, answerWith: (count: number) => number = () => 200) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const signature = String(request.headers['stripe-signature']);
      received.push({ body, signature, event: JSON.parse(body) as Reply });
      response.writeHead(answerWith(received.length)).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  await account.control('POST /_sandbox/webhook-endpoints', { url, secret: SECRET });
  return {
    received,
    url,
    types: () => received.map(({ event }) => event.type as string),
    /** Everything made so far has been sent. */
    settled: () => account.control('POST /_sandbox/deliveries/wait', {}),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
