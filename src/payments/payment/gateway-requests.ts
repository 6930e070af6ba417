import type { Statements } from '../database/payments-database.js';
import type { GatewayRequest } from '../gateway/gateway.js';

/** A payment needs a handful; beyond this many somebody sends evidence in a loop, and the first ones tell enough. */
const KEPT_MAX = 200;

/** Part of an UPDATE: the column with the requests of that parameter behind those it has. */
export function withRequests(parameter: string): string {
  return `CASE WHEN jsonb_array_length(gateway_requests) < ${KEPT_MAX}
               THEN gateway_requests || ${parameter}::jsonb ELSE gateway_requests END`;
}

/** Those that asked for something to be done: worth keeping even when nothing changed. One that only looked is not. */
export function sent(requests: GatewayRequest[] = []): GatewayRequest[] {
  return requests.filter(({ call }) => !call.startsWith('GET '));
}

/** Keeps requests where no change is written that could carry them. */
export async function keepRequests(
  database: Statements,
  table: 'payment_attempt' | 'refund' | 'dispute',
  id: string,
  requests: GatewayRequest[] = [],
): Promise<void> {
  if (requests.length === 0) return;
  await database.query(
    `UPDATE payments.${table} SET gateway_requests = ${withRequests('$2')} WHERE id = $1`,
    [id, JSON.stringify(requests)],
  );
}
