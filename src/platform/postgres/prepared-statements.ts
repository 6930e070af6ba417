import { Client, type QueryConfig } from 'pg';
import { refuseCardNumbersLeaving } from '../card-data/leaving.js';

/** Each is kept by every connection, on both sides; a program whose texts are fixed has a few dozen. */
const STATEMENTS_MAX = 500;

const names = new Map<string, string>();

/**
 * A connection that no card number leaves by, and on which PostgreSQL reads and plans a statement once, not each time. Ours come with the same text again and
 * again and their values beside it; one whose text were different each time would only fill the list, and stays unnamed.
 */
export class PreparingClient extends Client {
  // TypeORM calls it with a text and its values, and waits for the promise.
  override query(...input: unknown[]): never {
    const [text, values] = input;
    if (Array.isArray(values)) refuseCardNumbersLeaving(values, 'a value for the database');
    const isStatement = typeof text === 'string' && Array.isArray(values) && values.length > 0;
    const name = isStatement ? nameOf(text) : undefined;
    const named: unknown[] = name ? [{ name, text, values }, ...input.slice(2)] : input;
    return super.query(...(named as [QueryConfig])) as never;
  }
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= STATEMENTS_MAX) return known;
  const name = `statement ${names.size + 1}`;
  names.set(text, name);
  return name;
}
