import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { catchError, concatMap, type Observable } from 'rxjs';
import { v7 as uuidv7 } from 'uuid';
import type { RequestWithCaller } from '../../platform/authentication/caller.js';
import { currentOrigin } from '../../platform/http/request-origin.js';
import { PaymentsDatabase } from '../database/payments-database.js';

/** Somebody looked at payment data, or ran a command. Changes are recorded by `Events`, with what they change. */
export interface Access {
  kind: 'access' | 'operation';
  actor: string;
  action: string;
  target?: { type: string; id: string };
  outcome?: 'succeeded' | 'refused' | 'failed';
  details?: Record<string, unknown>;
}

@Injectable()
export class AccessLog {
  constructor(private readonly database: PaymentsDatabase) {}

  record(access: Access): Promise<void> {
    return recordAccess(this.database, access);
  }
}

/** For commands that work on a connection of their own, as the owner of the tables. */
export async function recordAccess(
  statements: { query(sql: string, parameters: unknown[]): Promise<unknown> },
  { kind, actor, action, target, outcome = 'succeeded', details = {} }: Access,
): Promise<void> {
  await statements.query(
    `INSERT INTO payments.audit_entry (id, kind, actor, action, target_type, target_id, outcome, origin, change)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[uuidv7(), kind, actor, action, target?.type ?? null, target?.id ?? null, outcome],
      ...[JSON.stringify(currentOrigin()), JSON.stringify(details)],
    ],
  );
}

const ACCESS = 'tokenkeep:access';

/** What a read gives, and what its `:id` names. */
interface Accessed {
  resource: string;
  target: string;
}

/**
 * Every GET of this controller or route leaves an audit entry before it is answered, unless it is a payer's look at what
 * is theirs. A read that cannot be recorded is not answered.
 */
export const RecordsAccess = (resource: string, target = resource) =>
  applyDecorators(
    SetMetadata(ACCESS, { resource, target } satisfies Accessed),
    UseInterceptors(RecordingAccess),
  );

@Injectable()
class RecordingAccess implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly accessLog: AccessLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & RequestWithCaller>();
    const { caller } = request;
    const isOwn = !caller || caller.roles.every((role) => role === 'payer');
    if (request.method !== 'GET' || isOwn) return next.handle();

    const accessed = this.reflector.getAllAndOverride<Accessed>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    const access = accessOf(accessed, caller.id, request);
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        await this.accessLog.record({ ...access, ...refusalOf(error) });
        throw error;
      }),
      concatMap(async (answer: unknown) => {
        await this.accessLog.record({ ...access, details: { ...access.details, ...seenIn(answer) } });
        return answer;
      }),
    );
  }
}

function accessOf({ resource, target }: Accessed, actor: string, request: FastifyRequest): Access {
  const { id } = request.params as { id?: string };
  const isOne = id !== undefined && resource === target;
  return {
    kind: 'access',
    actor,
    action: `${resource}.${isOne ? 'read' : 'listed'}`,
    target: id && isUuid(id) ? { type: target, id } : undefined,
    details: { query: request.query },
  };
}

/** Which of the listed things were seen. */
function seenIn(answer: unknown): object {
  const listed = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(listed)) return {};
  return { ids: listed.map((it) => (it as { id?: unknown }).id).filter((id) => typeof id === 'string') };
}

function refusalOf(error: unknown): Partial<Access> {
  const code = (error as { code?: unknown } | null)?.code;
  const isExpected = typeof code === 'string' && /^[a-z_]+$/.test(code);
  return isExpected ? { outcome: 'refused', details: { code } } : { outcome: 'failed' };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
