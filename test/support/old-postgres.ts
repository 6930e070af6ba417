import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** As much of a PostgreSQL as a client needs to learn its version: everything else that is asked has no rows. */
export class OldPostgres {
  private constructor(
    private readonly server: Server,
    private readonly sockets: ReadonlySet<Socket>,
    readonly url: string,
  ) {}

  static async start(versionNumber: number): Promise<OldPostgres> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      answer(socket, versionNumber);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new OldPostgres(server, sockets, `postgres://tokenkeep_payments:any@127.0.0.1:${port}/old`);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function answer(socket: Socket, versionNumber: number): void {
  let rest = Buffer.alloc(0);
  let hasStarted = false;
  let asked = '';
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const lengthAt = hasStarted ? 1 : 0;
      if (rest.length < lengthAt + 4) return;
      const end = lengthAt + rest.readInt32BE(lengthAt);
      if (rest.length < end) return;
      const [type, body] = [String.fromCharCode(rest[0]!), rest.subarray(lengthAt + 4, end)];
      rest = rest.subarray(end);
      if (!hasStarted) {
        hasStarted = true;
        socket.write(Buffer.concat([message('R', int32(0)), READY]));
      } else if (type === 'Q')
        socket.write(Buffer.concat([...rowsOf(body.toString(), versionNumber), READY]));
      else if (type === 'P') asked = body.toString();
      else if (type === 'E') socket.write(Buffer.concat(rowsOf(asked, versionNumber)));
      else if (type === 'S') socket.write(READY);
    }
  });
}

const READY = message('Z', Buffer.from('I'));

function rowsOf(statement: string, versionNumber: number): Buffer[] {
  const value = statement.includes('server_version_num')
    ? String(versionNumber)
    : /version\(\)/i.test(statement)
      ? `PostgreSQL ${Math.floor(versionNumber / 10_000)}.0`
      : null;
  if (value === null) return [message('C', text('SELECT 0'))];
  const column = Buffer.concat([
    text('version'),
    int32(0),
    int16(0),
    int32(25),
    int16(-1),
    int32(-1),
    int16(0),
  ]);
  return [
    message('T', Buffer.concat([int16(1), column])),
    message('D', Buffer.concat([int16(1), int32(value.length), Buffer.from(value)])),
    message('C', text('SELECT 1')),
  ];
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

const text = (value: string) => Buffer.from(`${value}\0`);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
