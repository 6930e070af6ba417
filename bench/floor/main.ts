// The floor: the least that keeps the promise. Plain Node and `pg`, no framework, no validation, no audit, no outbox.
// A webhook is verified and durable before its answer; a charge is written down, prepared, confirmed, and its end written.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'pg';
import { charge } from './charge.js';
import { storeEvent } from './inbox.js';

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const SECRET = process.env['WEBHOOK_SECRET']!;

await pool.query(`
  CREATE TABLE IF NOT EXISTS webhook_event (id uuid PRIMARY KEY, event_id text NOT NULL UNIQUE, type text NOT NULL,
    body bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE IF NOT EXISTS payment (id uuid PRIMARY KEY, method_id uuid NOT NULL, amount bigint NOT NULL, currency text NOT NULL,
    idempotency_key text NOT NULL UNIQUE, provider_payment text, status text NOT NULL);
  CREATE TABLE IF NOT EXISTS payment_method (id uuid PRIMARY KEY, payer_id text NOT NULL, customer text NOT NULL, token text NOT NULL)`);

const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') return send(response, 200, { ready: true });
  const body = await bytesOf(request);
  if (request.url === '/webhooks') {
    if (!isSigned(body, String(request.headers['stripe-signature']))) return send(response, 400, {});
    const event = JSON.parse(body.toString()) as { id: string; type: string };
    await storeEvent(pool, { id: randomUUID(), eventId: event.id, type: event.type, body });
    return send(response, 200, { received: true });
  }
  const key = String(request.headers['idempotency-key']);
  send(response, 201, await charge(pool, key, JSON.parse(body.toString())));
}

/** https://docs.stripe.com/webhooks#verify-manually */
function isSigned(body: Buffer, header: string): boolean {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (!time || !signature || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const expected = createHmac('sha256', SECRET).update(`${time}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
