import { readSync } from 'node:fs';

const CHUNK_BYTES = 4 * 1_048_576;
const NEWLINE = 0x0a;

/**
 * The lines of a file that may be larger than a string can be. Half a line at its end is not one: `wholeBytes` tells
 * where the last whole line ended.
 */
export function* jsonLines<T>(file: number): Generator<T, { wholeBytes: number }> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  let position = 0;
  for (let read = readSync(file, chunk, 0, CHUNK_BYTES, 0); read > 0;) {
    position += read;
    const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (end > start) yield JSON.parse(bytes.toString('utf8', start, end)) as T;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    read = readSync(file, chunk, 0, CHUNK_BYTES, position);
  }
  return { wholeBytes: position - rest.length };
}
