import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { DatabaseRefused } from '../../../platform/postgres/open-data-source.js';

/** The advisory lock of a move, held at both ends until the connection ends; "TKmv" in ASCII. */
const MOVE_LOCK = 0x544b6d76;
/** A run that was killed holds it until the server looks whether its client is still there. */
const LOOK_FOR_CLIENT = '1s';
const PATIENCE_MS = 2_500;
const TRY_EVERY_MS = 100;

/** Lets nobody else move, or give up a move, meanwhile. @throws DatabaseRefused when somebody does already */
export async function lockMove(client: Client, place: string): Promise<void> {
  // Where the operating system cannot tell (it is not Linux), a killed run is noticed when its statement ends.
  await client.query(`SET client_connection_check_interval = '${LOOK_FOR_CLIENT}'`).catch(() => undefined);
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(TRY_EVERY_MS)) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      MOVE_LOCK,
    ]);
    if (rows[0]!.locked) return;
    if (Date.now() > end) throw new DatabaseRefused(await moverAt(client, place));
  }
}

async function moverAt(client: Client, place: string): Promise<string> {
  const { rows } = await client.query<{ pid: number; since: string | null }>(
    `SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
       FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND objid = $1 AND granted AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [MOVE_LOCK],
  );
  const who = rows[0] ? ` (process ${rows[0].pid} of the server, since ${rows[0].since})` : '';
  return `Another db relocate is at work on ${place}${who}. Let it end, or end it; then run this again: it goes on where the other stopped.`;
}
