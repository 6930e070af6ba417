import type { Client } from 'pg';
import { noteAgain } from './copying.js';
import type { MovingTable } from './tables.js';

/** Rows whose hashes are summed at once: some tens of milliseconds, so that no snapshot is old. */
const RANGE = 20_000;
/** Rows that are compared one by one at once. */
const BATCH = 2_000;

/** A part of a table: the keys after one, up to and with another. */
interface Range {
  after: string | null;
  upTo: string | null;
}

/**
 * That both sides hold the same rows. All of them are compared while programs work, range by range of keys; a row that
 * changes after that is known by its key, because changes are noted, and is open until it was compared again. So the fence
 * waits for the open rows only.
 */
export class Proof {
  readonly #open = new Map<MovingTable, Set<string>>();
  #rows = 0;

  constructor(
    private readonly source: Client,
    private readonly target: Client,
    private readonly tables: readonly MovingTable[],
  ) {}

  /** How many rows were compared. */
  get rows(): number {
    return this.#rows;
  }

  /** Where something is open. */
  get openTables(): string[] {
    return [...this.#open].filter(([, keys]) => keys.size > 0).map(([{ name }]) => name);
  }

  /** These rows were taken over anew. */
  changed = (table: MovingTable, keys: Iterable<string>): void => {
    const open = this.#open.get(table) ?? new Set();
    for (const key of keys) open.add(key);
    this.#open.set(table, open);
  };

  /** Every row of every table, also those that only one side has. */
  async compareAll(): Promise<void> {
    for (const table of this.tables)
      for (let after: string | null = null; ;) {
        const range: Range = { after, upTo: await this.endOf(table, after) };
        await this.compareRange(table, range);
        if (range.upTo === null) break;
        after = range.upTo;
      }
  }

  /** Compares what is open; what differs still stays open, and is noted to be taken over again. Returns how much that is. */
  async settle(): Promise<number> {
    let left = 0;
    for (const table of this.tables) {
      const keys = [...(this.#open.get(table) ?? [])];
      this.#open.delete(table);
      for (let at = 0; at < keys.length; at += BATCH) {
        const differing = await this.differing(table, `${table.key} = ANY ($1::${table.keyType}[])`, [
          keys.slice(at, at + BATCH),
        ]);
        left += differing.length;
      }
    }
    return left;
  }

  /** The last key of a range; null for the last range, which has no end, so that what comes later belongs to it. */
  private async endOf({ name, key, keyType }: MovingTable, after: string | null): Promise<string | null> {
    const { rows } = await this.source.query<{ last: string }>(
      `SELECT ${key}::text AS last FROM payments.${name} WHERE $1::text IS NULL OR ${key} > $1::${keyType}
        ORDER BY ${key} OFFSET ${RANGE - 1} LIMIT 1`,
      [after],
    );
    return rows[0]?.last ?? null;
  }

  private async compareRange(table: MovingTable, { after, upTo }: Range): Promise<void> {
    const { name, key, keyType, columns } = table;
    const bounds = [
      after === null ? [] : [`${key} > $1::${keyType}`],
      upTo === null ? [] : [`${key} <= $${after === null ? 1 : 2}::${keyType}`],
    ].flat();
    const condition = bounds.join(' AND ') || 'true';
    const parameters = [after, upTo].filter((bound) => bound !== null);
    const sums = await this.both<{ rows: string; sum: string }>(
      `SELECT count(*) AS rows, coalesce(sum(hash_record_extended(ROW(${columns.join(', ')}), 0)::numeric), 0) AS sum
         FROM payments.${name} WHERE ${condition}`,
      parameters,
    );
    const [ours, theirs] = sums.map((rows) => rows[0]!);
    this.#rows += Number(ours!.rows);
    if (ours!.rows !== theirs!.rows || ours!.sum !== theirs!.sum)
      await this.differing(table, condition, parameters);
  }

  /** The keys of rows that are not the same on both sides: they stay open. */
  private async differing(table: MovingTable, condition: string, parameters: unknown[]): Promise<string[]> {
    const { name, key, columns } = table;
    const [ours, theirs] = (
      await this.both<{ key: string; hash: string }>(
        `SELECT ${key}::text AS key, hash_record_extended(ROW(${columns.join(', ')}), 0)::text AS hash
           FROM payments.${name} WHERE ${condition}`,
        parameters,
      )
    ).map((rows) => new Map(rows.map((row) => [row.key, row.hash]))) as [
      Map<string, string>,
      Map<string, string>,
    ];
    const keys = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
      (it) => ours.get(it) !== theirs.get(it),
    );
    this.changed(table, keys);
    await noteAgain(this.source, table, keys);
    return keys;
  }

  private async both<T extends object>(sql: string, parameters: unknown[]): Promise<T[][]> {
    return Promise.all(
      [this.source, this.target].map(async (client) => (await client.query<T>(sql, parameters)).rows),
    );
  }
}
