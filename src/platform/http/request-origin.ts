import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname, userInfo } from 'node:os';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Where something was asked from: what an audit entry says beside who and what. */
export interface Origin {
  /** The process that did it: host and process id. */
  instance: string;
  /** As in the log and in the answer; none for background work and commands. */
  requestId?: string;
  /** The caller's address, as a trusted proxy or the connection itself says it. */
  ip?: string;
}

const INSTANCE: Origin = { instance: `${hostname()}/${process.pid}` };
/** A request while it is answered. */
interface Answering {
  origin: Origin;
  bearerToken?: string;
}

const current = new AsyncLocalStorage<Answering>();

export function whileAnswering<T>(request: Answering, work: () => T): T {
  return current.run(request, work);
}

/** Of the request that is being answered; outside of one, only the process is known. */
export function currentOrigin(): Origin {
  return current.getStore()?.origin ?? INSTANCE;
}

/** What the caller proved by who they are, until they are answered: what goes on in the background acts for nobody. */
export function currentBearerToken(): string | undefined {
  return current.getStore()?.bearerToken;
}

/** Behind this, `currentOrigin` knows the request. After the body is read: its events would lose what was set before. */
export function rememberOrigins(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('preHandler', (request, reply, done) => {
    const bearerToken = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const answering = { origin: { ...INSTANCE, requestId: request.id, ip: request.ip }, bearerToken };
    if (bearerToken) reply.raw.once('close', () => (answering.bearerToken = undefined));
    whileAnswering(answering, done);
  });
}

/** Who runs a command: the account of this machine, as there is no other name for them. */
export function operatorName(): string {
  return `operator:${accountName()}@${hostname()}`;
}

/** A container may run under a number that has no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
