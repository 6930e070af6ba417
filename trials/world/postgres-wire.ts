import type { Socket } from 'node:net';

/** One message of PostgreSQL's protocol. https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface Message {
  /** '' for the first message of a connection, which has no type. */
  type: string;
  bytes: Buffer;
}

const LENGTH_BYTES = 4;

/** The messages that arrive on a connection, whole. `isClient`: its first message is the untyped start-up. */
export async function* messagesOf(socket: Socket, isClient: boolean): AsyncGenerator<Message[]> {
  let waiting: Buffer = Buffer.alloc(0);
  let isFirst = isClient;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    const whole: Message[] = [];
    for (;;) {
      const typeBytes = isFirst ? 0 : 1;
      if (waiting.length < typeBytes + LENGTH_BYTES) break;
      const size = typeBytes + waiting.readUInt32BE(typeBytes);
      if (waiting.length < size) break;
      const bytes = waiting.subarray(0, size);
      whole.push({ type: isFirst ? '' : String.fromCharCode(bytes[0]!), bytes });
      waiting = waiting.subarray(size);
      isFirst = false;
    }
    if (whole.length > 0) yield whole;
  }
}

/** Reads what one client wants done: a prepared statement is named once, and afterwards only by its name. */
export class StatementReader {
  readonly #prepared = new Map<string, string>();

  /** The statement that a message runs: a simple Query, or the Bind of one that was parsed before. */
  read({ type, bytes }: Message): string | null {
    if (type === 'Q') return textAt(bytes, 5);
    if (type === 'P') {
      const name = textAt(bytes, 5);
      this.#prepared.set(name, textAt(bytes, endOf(bytes, 5)));
    }
    if (type !== 'B') return null;
    return this.#prepared.get(textAt(bytes, endOf(bytes, 5))) ?? '';
  }
}

/** How the session stands once a statement is done: I idle, T in a transaction, E in a failed one. */
export function sessionStatusOf({ type, bytes }: Message): 'I' | 'T' | 'E' | null {
  return type === 'Z' ? (String.fromCharCode(bytes[5]!) as 'I' | 'T' | 'E') : null;
}

/** What a statement did: `UPDATE 3`. */
export function commandTagOf({ type, bytes }: Message): string | null {
  return type === 'C' ? textAt(bytes, 5) : null;
}

/** Where the text that starts here has ended, its final zero included. */
function endOf(bytes: Buffer, start: number): number {
  return bytes.indexOf(0, start) + 1;
}

function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(0, start));
}
