import type { Client } from 'pg';
import { readResidence, type Residence } from '../residence.js';
import { movingTables } from './tables.js';

/** Both ends of a move: connections of the schemas' owners, and where they are, for people. */
export interface Ends {
  source: Client;
  target: Client;
  sourcePlace: string;
  targetPlace: string;
}

/**
 * What would stop a move, all at once; empty when nothing would. `isWayBack`: only to where payment data came from. `nearness` is
 * asked before a move begins, and never of one that goes on: whatever it asks may be down while the source is fenced.
 */
export async function obstacles(
  ends: Ends,
  isWayBack: boolean,
  nearness: () => Promise<string[]>,
): Promise<string[]> {
  const { source, target, targetPlace } = ends;
  const found: string[] = [];
  const residence = await readResidence(source);
  if (residence?.state === 'moved')
    // a run was killed after the source had closed: there is one way on
    return residence.movedTo === targetPlace
      ? []
      : [`The source has closed for a move to ${residence.movedTo}.`];
  if (!residence || residence.state === 'arriving') return ['The source is not the home of payment data.'];
  const { rows: under } = await source.query<{ target: string }>('SELECT target FROM payments.relocation');
  if (under[0] && under[0].target !== targetPlace)
    found.push(`A move to ${under[0].target} is under way: finish it, or db relocate --cancel.`);
  if (!under[0]) found.push(...(await nearness()));
  if (isWayBack && !(await cameFrom(target, residence)))
    found.push(
      residence.movedFrom === targetPlace
        ? `The former home ${targetPlace} was purged: there is no way back, only a move like any other. Leave --back out.`
        : `${targetPlace} is not where payment data came from: ${residence.movedFrom ? `that is ${residence.movedFrom}` : 'they have never moved'}.`,
    );
  const versions = await Promise.all([source, target].map(majorOf));
  if (versions[1]! < versions[0]!)
    found.push(`The target is PostgreSQL ${versions[1]}, older than the source's ${versions[0]}.`);
  const names = await Promise.all([source, target].map(migrationsOf));
  if (names[0]!.join() !== names[1]!.join())
    found.push(
      'The two databases do not have the same migrations. Run: npm run cli -- migrate, with each of them.',
    );
  const arriving = await readResidence(target);
  if (arriving && arriving.id !== residence.id) found.push('The target is the home of other payment data.');
  if (arriving && arriving.id === residence.id && arriving.state !== 'arriving')
    found.push(`The target says that it is ${arriving.state} already, with epoch ${arriving.epoch}.`);
  if (!arriving && !under[0]) {
    for (const table of await movingTables(target)) {
      if (table.name === 'digest_key') continue;
      const { rows } = await target.query(`SELECT FROM payments.${table.name} LIMIT 1`);
      if (rows.length > 0) found.push(`The target's table ${table.name} is not empty.`);
    }
  }
  return found;
}

/** How much would move. */
export async function inventory({
  source,
}: Pick<Ends, 'source'>): Promise<{ table: string; rows: number }[]> {
  const counts: { table: string; rows: number }[] = [];
  for (const { name } of await movingTables(source)) {
    const { rows } = await source.query<{ count: string }>(`SELECT count(*) FROM payments.${name}`);
    counts.push({ table: name, rows: Number(rows[0]!.count) });
  }
  return counts;
}

/** What a move hid there is still there, and is what moved here: an address alone could name another server by now. */
async function cameFrom(target: Client, { id, epoch }: Residence): Promise<boolean> {
  const hidden = hiddenSchemaOf(epoch - 1);
  const { rows: there } = await target.query<{ found: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS found',
    [`${hidden}.residence`],
  );
  if (!there[0]!.found) return false;
  const { rows } = await target.query<{ id: string }>(`SELECT id FROM ${hidden}.residence`);
  return rows[0]?.id === id;
}

/** What a former home is called once the data have left it. */
export function hiddenSchemaOf(epoch: number): string {
  return `payments_moved_${epoch}`;
}

async function majorOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  return rows[0]!.major;
}

async function migrationsOf(client: Client): Promise<string[]> {
  const { rows: there } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('payments.payments_migration') IS NOT NULL AS found`,
  );
  if (!there[0]!.found) return [];
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM payments.payments_migration ORDER BY name',
  );
  return rows.map(({ name }) => name);
}
