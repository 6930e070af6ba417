import { Together } from '../../platform/postgres/together.js';
import type { PaymentsDatabase, Statements } from './payments-database.js';

/** Names of values, with their types in SQL. */
export type Columns = Record<string, string>;
export type ValuesOf<Asked extends Columns> = Record<keyof Asked, unknown>;

/** As many as are charged side by side by one program that is busy. */
const MOST = 64;

/**
 * A statement that many ask for at about the same time and that is run once for all of them: what PostgreSQL does for each statement
 * (reading the values, beginning the plan, waiting for the disk) costs more than what it does for each row.
 *
 * Together, nobody waits for a row that somebody else holds: it is skipped, and then asked for alone and waited for, so that one
 * row that is held for long holds up nobody else. Values stand in rows of `asked`, which the text begins from; it ends in a
 * SELECT of `asked.nr` and of what came of that row. For a row that could not be done it gives nothing.
 */
export class SharedStatement<Asked extends Columns, Row extends { nr: number }> {
  readonly #together = new Together<ValuesOf<Asked>, Row | undefined>(
    (all) => this.run(this.database, all, 'SKIP LOCKED'),
    MOST,
  );
  readonly #texts: Partial<Record<'SKIP LOCKED' | '', string>> = {};

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly columns: Asked,
    private readonly text: (lock: 'SKIP LOCKED' | '') => string,
  ) {}

  async ask(values: ValuesOf<Asked>): Promise<Row | undefined> {
    return (await this.#together.do(values)) ?? this.askAlone(this.database, values);
  }

  /** By itself, and in a transaction if it is to be part of one. */
  async askAlone(database: Statements, values: ValuesOf<Asked>): Promise<Row | undefined> {
    const [row] = await this.run(database, [values], '');
    return row;
  }

  private async run(
    database: Statements,
    all: ValuesOf<Asked>[],
    lock: 'SKIP LOCKED' | '',
  ): Promise<(Row | undefined)[]> {
    const values = Object.keys(this.columns).map((name) => all.map((one) => one[name]));
    const rows = await database.query<Row[]>((this.#texts[lock] ??= this.whole(lock)), values);
    const found = new Map(rows.map((row) => [Number(row.nr), row]));
    return all.map((_, at) => found.get(at + 1));
  }

  /** How many ask is hidden from PostgreSQL: it would plan anew each time that these are fewer than it thinks usual. */
  private whole(lock: 'SKIP LOCKED' | ''): string {
    const names = Object.keys(this.columns).join(', ');
    const given = Object.entries(this.columns).map(([name, type], at) => `$${at + 1}::${type}[] AS ${name}`);
    return `WITH given AS MATERIALIZED (SELECT ${given.join(', ')}),
       asked AS (SELECT asked.* FROM given, unnest(${names}) WITH ORDINALITY AS asked (${names}, nr)),
       ${this.text(lock)}`;
  }
}
