import { holdsCardNumber } from '../../platform/card-data/card-data.js';
import { PaymentsError } from '../payments.contract.js';

/** The columns of a mapping file. A gateway that needs no customer beside a token needs no column for it. */
const COLUMNS = ['old_token', 'new_token', 'old_customer', 'new_customer'] as const;
export type MappingColumn = (typeof COLUMNS)[number];

/** What the columns are called in the file at hand, where they have other names. */
export type ColumnNames = Partial<Record<MappingColumn, string>>;

/** A saved method as one gateway names it. For that gateway alone: neither shown nor logged. */
export interface NamedMethod {
  token: string;
  customer: string | null;
}

/** What is our token of a method that is named so; null where the name is not enough. */
export type Naming = (named: NamedMethod) => string | null;

/** One line of a mapping file, by its number in the file, with the tokens that it is about. */
export interface MappingLine {
  line: number;
  oldToken: string;
  newToken: string;
}

export type BadLineProblem = 'bad_line' | 'card_number' | 'duplicated_line';

export interface Mapping {
  lines: MappingLine[];
  bad: { line: number; problem: BadLineProblem }[];
}

/** All lines are held in memory, to find the ones that contradict each other; a larger file is given in parts. */
const LINES_MAX = 250_000;
/** Four values and what an export has beside them; a longer line is no line of such a file. */
const LINE_CHARACTERS_MAX = 4_096;
/** No gateway's ids are longer, and none has white space or anything beyond ASCII in it. */
const ID = /^[\x21-\x7e]{1,200}$/;

/**
 * What the lines of the file say, the first of which names its columns.
 * @throws PaymentsError `validation_failed`, where the file as a whole cannot be read
 */
export async function readMapping(
  text: AsyncIterable<string> | Iterable<string>,
  names: ColumnNames,
  tokenOf: { old: Naming; new: Naming },
): Promise<Mapping> {
  const lines: MappingLine[] = [];
  const bad: Mapping['bad'] = [];
  let header: Header | undefined;
  let line = 0;
  for await (const row of text) {
    line++;
    if (!header) {
      header = headerOf(row, names);
      continue;
    }
    if (row.trim() === '') continue;
    if (line > LINES_MAX)
      throw unreadable(
        `The mapping file has more than ${LINES_MAX} lines. Give it in parts, each with the first line.`,
      );
    const read = lineOf(row, line, header, tokenOf);
    if (typeof read === 'string') bad.push({ line, problem: read });
    else lines.push(read);
  }
  if (!header) throw unreadable('The mapping file is empty.');
  return withoutDuplicates(lines, bad);
}

/** Where each column stands, and how many there are. */
interface Header {
  at: Partial<Record<MappingColumn, number>>;
  count: number;
}

/** @throws PaymentsError, which repeats nothing of a first line that may be tokens already */
function headerOf(text: string, names: ColumnNames): Header {
  const found = fieldsOf(text.replace(/^\uFEFF/, ''))?.map((name) => name.trim()) ?? [];
  const at: Header['at'] = {};
  for (const column of COLUMNS) {
    const place = found.indexOf(names[column] ?? column);
    if (place !== -1) at[column] = place;
    else if (names[column] || column === 'old_token' || column === 'new_token')
      throw unreadable(
        `The first line of the mapping file must name its columns, separated by commas, with ${names[column] ?? column} among them.`,
      );
  }
  return { at, count: found.length };
}

function lineOf(
  text: string,
  line: number,
  { at, count }: Header,
  tokenOf: { old: Naming; new: Naming },
): MappingLine | BadLineProblem {
  if (text.length > LINE_CHARACTERS_MAX) return 'bad_line';
  if (holdsCardNumber(text)) return 'card_number';
  const fields = fieldsOf(text);
  if (fields?.length !== count) return 'bad_line';
  const value = (column: MappingColumn) => fields[at[column] ?? count]?.trim() || null;
  if (COLUMNS.map(value).some((id) => id !== null && !ID.test(id))) return 'bad_line';
  const named = (token: string | null, customer: string | null, naming: Naming) =>
    token === null ? null : naming({ token, customer });
  const oldToken = named(value('old_token'), value('old_customer'), tokenOf.old);
  const newToken = named(value('new_token'), value('new_customer'), tokenOf.new);
  return oldToken === null || newToken === null ? 'bad_line' : { line, oldToken, newToken };
}

/** RFC 4180, without line breaks inside a value; null where quotes do not fit. */
function fieldsOf(text: string): string[] | null {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const [, quoted, plain, end] = field.exec(text) ?? [];
    if (end === undefined) return null;
    fields.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === '') return fields;
  }
}

/** A line that repeats another is left out; where two say different things of one token, neither is believed. */
function withoutDuplicates(lines: MappingLine[], bad: Mapping['bad']): Mapping {
  const byToken = new Map<string, MappingLine[]>();
  const keysOf = ({ oldToken, newToken }: MappingLine) => [`old ${oldToken}`, `new ${newToken}`];
  for (const line of lines)
    for (const key of keysOf(line)) byToken.set(key, [...(byToken.get(key) ?? []), line]);

  const kept: MappingLine[] = [];
  for (const line of lines) {
    const same = keysOf(line).flatMap((key) => byToken.get(key)!);
    const isFirst = same.every((it) => it.line >= line.line);
    if (isFirst && same.every((it) => isRepeated(it, line))) kept.push(line);
    else bad.push({ line: line.line, problem: 'duplicated_line' });
  }
  return { lines: kept, bad };
}

function isRepeated(one: MappingLine, other: MappingLine): boolean {
  return one.oldToken === other.oldToken && one.newToken === other.newToken;
}

function unreadable(message: string): PaymentsError {
  return new PaymentsError('validation_failed', message);
}
