import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { plainSql, type Points, type ProgramName, type View } from './points.ts';
import { commandTagOf, messagesOf, sessionStatusOf, StatementReader } from './postgres-wire.ts';

/** One connection of the application to its database, as seen from between them. */
export interface Session {
  /** Statements sent whose answer has not come. */
  readonly pending: { sql: string; inside: string }[];
  /** Statements of the transaction that is open. */
  transaction: string[];
  status: 'I' | 'T' | 'E';
  /** How many statements it has begun: two looks with the same number saw no statement between them. */
  count: number;
  cut: () => void;
}

/** Stands between the application and PostgreSQL, reads along, and stops where a point says so. */
export class PostgresProxy {
  readonly sessions = new Set<Session>();
  readonly #server: Server;

  private readonly targetPort: number;
  private readonly points: Points;
  private readonly view: View;

  private constructor(targetPort: number, points: Points, of: ProgramName) {
    this.targetPort = targetPort;
    this.points = points;
    this.view = { side: 'database', of };
    this.#server = createServer((client) => this.serve(client));
  }

  static async start(targetPort: number, points: Points, of: ProgramName): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(targetPort, points, of);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection at once, as a broken network does. */
  cutAll(): void {
    for (const session of this.sessions) session.cut();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cutAll();
    await once(this.#server, 'close').catch(() => undefined);
  }

  private serve(client: Socket): void {
    const server = connect(this.targetPort, '127.0.0.1');
    const cut = () => {
      this.sessions.delete(session);
      client.destroy();
      server.destroy();
    };
    const session: Session = { pending: [], transaction: [], status: 'I', count: 0, cut };
    this.sessions.add(session);
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', cut).on('close', cut);
    void this.forward(session, client, server).catch(cut);
    void this.backward(session, server, client).catch(cut);
  }

  /** What the application says. A chunk is passed on whole unless a point is waiting inside it. */
  private async forward(session: Session, client: Socket, server: Socket): Promise<void> {
    const reader = new StatementReader();
    for await (const messages of messagesOf(client, true)) {
      for (const message of messages) {
        const text = reader.read(message);
        if (text === null) continue;
        const sql = plainSql(text);
        const inside = session.transaction.join('; ');
        session.pending.push({ sql, inside });
        session.count += 1;
        if ((await this.points.see(this.view, 'before', sql, inside)) === 'cut') return session.cut();
        if (sql !== 'COMMIT') session.transaction.push(sql);
      }
      for (const { bytes } of messages) server.write(bytes);
    }
    session.cut();
  }

  /** What PostgreSQL answers. The driver believes nothing before ReadyForQuery, so that is where an answer is held. */
  private async backward(session: Session, server: Socket, client: Socket): Promise<void> {
    let tag = '';
    for await (const messages of messagesOf(server, false)) {
      for (const message of messages) {
        tag = commandTagOf(message) ?? tag;
        const status = sessionStatusOf(message);
        if (status !== null) {
          session.status = status;
          if (status === 'I') session.transaction = [];
          const done = session.pending.shift();
          const what = `${done?.sql} → ${tag}`; // a statement with what it did: UPDATE 3
          if (done && (await this.points.see(this.view, 'after', what, done.inside)) === 'cut')
            return session.cut();
        }
        client.write(message.bytes);
      }
    }
    session.cut();
  }
}
