import type { Pool } from 'pg';

interface Arrival {
  id: string;
  eventId: string;
  type: string;
  body: Buffer;
}

interface Waiting {
  arrival: Arrival;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const BATCH_MAX = 200;
const waiting: Waiting[] = [];
let isWriting = false;

/** Resolves once the event is durable. Those that arrive while a commit is under way share the next one. */
export function storeEvent(pool: Pool, arrival: Arrival): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.push({ arrival, resolve, reject });
    if (!isWriting) void writeAll(pool);
  });
}

async function writeAll(pool: Pool): Promise<void> {
  isWriting = true;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, BATCH_MAX);
    await insert(
      pool,
      batch.map(({ arrival }) => arrival),
    ).then(
      () => batch.forEach(({ resolve }) => resolve()),
      (error: unknown) => batch.forEach(({ reject }) => reject(error)),
    );
  }
  isWriting = false;
}

async function insert(pool: Pool, arrivals: Arrival[]): Promise<void> {
  await pool.query({
    name: 'store events',
    text: `INSERT INTO webhook_event (id, event_id, type, body)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) ON CONFLICT (event_id) DO NOTHING`,
    values: [
      arrivals.map(({ id }) => id),
      arrivals.map(({ eventId }) => eventId),
      arrivals.map(({ type }) => type),
      arrivals.map(({ body }) => body),
    ],
  });
}
