import type { Reading } from './reading.js';
import type { SideName } from './sides.js';

/** One line of the table. */
export interface Row extends Reading {
  work: string;
  concurrency: number;
  side: SideName;
  /** Under which a target asks for it. */
  key: string;
}

/** What the measurements found, for the report. */
export class Results {
  readonly rows: Row[] = [];
  readonly figures = new Map<string, number>();
  /** Paragraphs below the table. */
  readonly notes: string[] = [];

  add(key: string, work: string, concurrency: number, readings: Map<SideName, Reading>): void {
    for (const [side, reading] of readings) {
      this.rows.push({ key, work, concurrency, side, ...reading });
      const { perSecond, p50, p99 } = reading;
      console.log(
        `${work}, ${concurrency} at once, ${side}: ${perSecond.toFixed(0)}/s, ${p50.toFixed(2)} ms, ${p99.toFixed(2)} ms`,
      );
    }
  }

  note(text: string): void {
    this.notes.push(text);
    console.log(text);
  }

  /** Throughput of a side over another's; undefined where one was not measured. */
  ratio(key: string, concurrency: number, side: SideName, other: SideName): number | undefined {
    const a = this.perSecond(key, concurrency, side);
    const b = this.perSecond(key, concurrency, other);
    return a !== undefined && b !== undefined ? a / b : undefined;
  }

  perSecond(key: string, concurrency: number, side: SideName): number | undefined {
    return this.rows.find((row) => row.key === key && row.concurrency === concurrency && row.side === side)
      ?.perSecond;
  }
}
