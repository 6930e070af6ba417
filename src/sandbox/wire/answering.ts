import type { FastifyReply, FastifyRequest } from 'fastify';
import { badStatusOf, changedBody, markBad } from '../faults/bad-answers.js';
import { answerInPart, drop, keepSilent } from '../faults/breaking.js';
import type { Sandbox } from '../sandbox.js';
import { digestOf } from '../state/ids.js';
import type { Dialect } from './dialect.js';
import { StripeError } from './errors.js';
import { carryOut, makeDurable, type Answer, type Turn } from './executing.js';
import * as idempotency from './idempotency.js';

/** One call of a gateway's API, from the key in its header to the bytes of its answer. */
export function answering(
  sandbox: Sandbox,
  { dialect, execute }: { dialect: Dialect; execute: Turn['execute'] },
  origin: () => string,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const id = dialect.requestId();
    const key = dialect.keyOf(request);
    dialect.writeHeaders(request, reply, id, key);
    try {
      const caller = dialect.authenticate(sandbox, request);
      const path = request.url.split('?')[0]!;
      return await answer({
        sandbox,
        dialect,
        execute,
        request,
        reply,
        caller,
        id,
        key,
        path,
        origin: origin(),
      });
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      const { status, body } = dialect.refusal(error);
      return reply.status(status).send(body);
    }
  };
}

async function answer(turn: Turn): Promise<FastifyReply> {
  const { fault } = turn.request;
  if (breaksOff(turn)) return turn.reply;

  const first = turn.key === null ? undefined : begin(turn, turn.key);
  if (first?.isReplay) {
    await turn.sandbox.journal.settled();
    turn.dialect.markReplay(turn.reply, first.answer.requestId);
    return finish(turn, { ...first.answer, isStored: true }, true);
  }

  // A slow call holds its key: a second one meanwhile is told so.
  if (fault?.delay_ms) await turn.caller.account.faults.hold(fault, fault.delay_ms);
  const done = carryOut(turn, first?.answer);
  await makeDurable(turn, done, first?.answer);
  await announce(turn, done);
  return finish(turn, done);
}

/** What goes wrong before the API is reached. It knows nothing of keys, so nothing of it is remembered. */
function breaksOff(turn: Turn): boolean {
  const { request, reply } = turn;
  const { fault } = request;
  if (!fault) return false;
  const status = badStatusOf(fault);
  if (fault.does === 'reset_request') drop(request, reply);
  else if (fault.does === 'time_out' && fault.after_work === false) keepSilent(request, reply);
  else if (status && status !== 500 && !fault.after_work) {
    finish(turn, { status, body: turn.dialect.badBody(status), isStored: false });
  } else return false;
  return true;
}

function begin(turn: Turn, key: string): idempotency.Replay | idempotency.First {
  const { sandbox, dialect, caller, path, request, id } = turn;
  const fingerprint = digestOf(JSON.stringify(request.body ?? {}));
  const keptMs = dialect.keysKeptMs ?? sandbox.options.keysKeptMs;
  return idempotency.begin(caller.account, key, path, fingerprint, id, keptMs);
}

/** Events go out once the answer does, unless a fault wants them to arrive before it. */
async function announce({ sandbox, request }: Turn, { changes }: Answer): Promise<void> {
  if (!changes || changes.deliveries.length === 0) return;
  const { account, deliveries } = changes;
  if (request.fault?.does !== 'webhooks_before_answer') {
    setImmediate(() => sandbox.webhooks.deliver(account, deliveries));
    return;
  }
  sandbox.webhooks.deliver(account, deliveries);
  await sandbox.webhooks.idle(account);
}

function finish(turn: Turn, done: Answer, isReplay = false): FastifyReply {
  const { request, reply, caller, id, key, path } = turn;
  const { fault } = request;
  const badStatus = isReplay ? undefined : badStatusOf(fault);
  const status = badStatus ?? done.status;
  const body = badStatus ? turn.dialect.badBody(badStatus) : done.body;
  caller.account.requests.add({
    id,
    at: new Date().toISOString(),
    method: request.method,
    path,
    idempotency_key: key,
    status,
    is_replay: isReplay,
    fault: fault?.does ?? null,
  });
  if (fault && badStatus) markBad(reply, badStatus, fault);
  if (fault?.does === 'time_out') keepSilent(request, reply);
  else if (fault?.does === 'reset_answer') answerInPart(request, reply, status, body, fault.at_byte ?? 0);
  else reply.status(status).send(fault?.set ? changedBody(body, fault.set) : body);
  return reply;
}
