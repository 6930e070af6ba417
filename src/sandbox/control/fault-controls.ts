import { CALL_FAULTS, WEBHOOK_FAULTS, type FaultOrder } from '../faults/faults.js';
import { invalidRequest } from '../wire/errors.js';
import { choiceOf, isSet, numberOf, textOf, type Body, type Controls } from './ask.js';

const NUMBERS = [
  'times',
  'skip',
  'probability',
  'seed',
  'delay_ms',
  'at_byte',
  'retry_after_seconds',
  'shift_seconds',
  'copies',
] as const;
const KNOWN = new Set<string>(['does', 'on', 'after_work', 'set', ...NUMBERS]);

export const faultControls: Controls = {
  'GET /_sandbox/faults': ({ account }) => ({ data: account.faults.all() }),

  'POST /_sandbox/faults': ({ account, body }) => account.faults.add(orderOf(body)),

  'DELETE /_sandbox/faults': ({ account }) => {
    account.faults.clear();
    return { data: [] };
  },

  'DELETE /_sandbox/faults/:id': ({ account, id }) => {
    account.faults.remove(id);
    return { id, deleted: true };
  },

  /** Nobody is at home: connections are refused for a while, those of every account. */
  'POST /_sandbox/outage': ({ sandbox, body }) => {
    const forMs = numberOf(body, 'for_ms') ?? 1_000;
    if (forMs < 1 || forMs > 60_000)
      throw invalidRequest('for_ms must be from 1 to 60000.', undefined, 'for_ms');
    // Soon, so that this answer still gets out.
    setTimeout(() => sandbox.startOutage(forMs), 20);
    return { refusing_for_ms: forMs };
  },
};

function orderOf(body: Body): FaultOrder {
  const unknown = Object.keys(body).find((name) => !KNOWN.has(name));
  if (unknown) throw invalidRequest(`Received unknown parameter: ${unknown}`, 'parameter_unknown', unknown);
  const numbers = NUMBERS.map((name) => [name, numberOf(body, name)] as const);
  return {
    does: choiceOf(body, 'does', [...CALL_FAULTS, ...WEBHOOK_FAULTS]),
    on: textOf(body, 'on') ?? '*',
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    ...(body.after_work !== undefined && { after_work: isSet(body, 'after_work') }),
    ...(typeof body.set === 'object' && body.set !== null && { set: body.set as Record<string, unknown> }),
  };
}
