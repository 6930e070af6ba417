import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Pool } from 'pg';

interface Order {
  payerId: string;
  paymentMethodId: string;
  amountMinor: number;
  currency: string;
}

const GATEWAY = new URL(process.env['STRIPE_API_BASE']!);
const agent = new Agent({ keepAlive: true });

/** Intention durable, object prepared, its id durable, confirmed, end durable. */
export async function charge(pool: Pool, key: string, order: Order): Promise<object> {
  const id = randomUUID();
  const { rows } = await pool.query<{ customer: string; token: string }>({
    name: 'begin',
    text: `WITH begun AS (INSERT INTO payment (id, method_id, amount, currency, idempotency_key, status)
             SELECT $1, id, $3, $4, $5, 'processing' FROM payment_method WHERE id = $2 AND payer_id = $6
             RETURNING method_id)
           SELECT customer, token FROM payment_method JOIN begun ON method_id = id`,
    values: [id, order.paymentMethodId, order.amountMinor, order.currency, key, order.payerId],
  });
  const { customer, token } = rows[0]!;

  const prepared = await call(`/v1/payment_intents`, `${id}:prepare`, {
    amount: String(order.amountMinor),
    currency: order.currency.toLowerCase(),
    customer,
    payment_method: token,
    'metadata[payment_id]': id,
  });
  await pool.query({
    name: 'remember',
    text: `UPDATE payment SET provider_payment = $2 WHERE id = $1`,
    values: [id, prepared.id],
  });
  const confirmed = await call(`/v1/payment_intents/${prepared.id}/confirm`, `${id}:confirm`, {
    off_session: 'true',
  });
  await pool.query({
    name: 'end',
    text: `UPDATE payment SET status = $2 WHERE id = $1`,
    values: [id, confirmed.status],
  });
  return { id, status: confirmed.status };
}

function call(
  path: string,
  key: string,
  form: Record<string, string>,
): Promise<{ id: string; status: string }> {
  const body = new URLSearchParams(form).toString();
  const headers = {
    authorization: `Bearer ${process.env['STRIPE_SECRET_KEY']}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'idempotency-key': key,
  };
  return new Promise((resolve, reject) => {
    const { hostname, port } = GATEWAY;
    request({ hostname, port, path, method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text) as { id: string; status: string }));
    })
      .on('error', reject)
      .end(body);
  });
}
