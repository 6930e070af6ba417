import { isUUID } from 'class-validator';
import { InvalidArgumentError } from 'commander';

/** What a terminal shows and a person still reads; `--since` and `--until` narrow the rest. */
const ROWS_MAX = 1_000;

export function id(text: string): string {
  if (!isUUID(text))
    throw new InvalidArgumentError('Give an id such as 0196f0a0-0000-7000-8000-000000000000.');
  return text;
}

/** One after the other, as a command that takes several is given them. */
export function ids(text: string, before: string[] = []): string[] {
  return [...before, id(text)];
}

export function rows(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > ROWS_MAX) throw new InvalidArgumentError(`Give a number from 1 to ${ROWS_MAX}.`);
  return count;
}

export function time(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Give a time such as 2027-01-31T12:00:00Z.');
  return date;
}
