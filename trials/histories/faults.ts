import type { Random } from '../random.ts';
import type { CallFault, GatewayAnswer, GatewayCall } from '../world/gateway-proxy.ts';
import type { Fate } from '../world/webhook-relay.ts';

/** Longer than the application waits for an answer in trials. */
const TIME_OUT_MS = 1_200;

/** Something that goes wrong for one payer: with calls of the gateway, or with events on their way. */
export interface ArmedFault {
  name: string;
  /** How many calls or events it still hits. */
  left: number;
  call?: CallFault;
  /** Only these calls. */
  on?: RegExp;
  event?: Fate;
}

const json = { 'content-type': 'application/json' };
const answer = (status: number, body: object, headers = {}): GatewayAnswer => ({
  status,
  headers: { ...json, ...headers },
  body: JSON.stringify({ error: { message: 'A fault of the trials', ...body } }),
});
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const PAYMENT_CALLS = /^POST \/v1\/payment_intents|^GET \/v1\/payment_intents\//;

/** What matrix B names, as something to draw from. */
const FAULTS: Record<
  string,
  (random: Random, deliveriesDone: () => Promise<void>) => Omit<ArmedFault, 'name' | 'left'>
> = {
  'a slow answer': (random) => {
    const ms = random.between(20, 600);
    return { call: { then: async (given) => (await pause(ms), given) } };
  },
  'a slow request': (random) => {
    const ms = random.between(20, 600);
    return { call: { instead: async () => (await pause(ms), undefined as never) } };
  },
  'a refused connection': () => ({ call: { instead: async () => null } }),
  'a lost answer': () => ({ call: { then: async () => null } }),
  'a cut answer': (random) => ({ call: { cutAtByte: random.between(1, 3_000) } }),
  'a time-out before the work': () => ({ call: { instead: async () => (await pause(TIME_OUT_MS), null) } }),
  'a time-out after the work': () => ({ call: { then: async () => (await pause(TIME_OUT_MS), null) } }),
  'a stored 500 without the work': () => ({ call: storing500({ works: false }), on: /^POST/ }),
  'a stored 500 after the work': () => ({ call: storing500({ works: true }), on: /^POST/ }),
  'a 502': () => ({ call: { instead: async () => answer(502, { type: 'api_error' }) } }),
  'a 503 after the work': () => ({ call: { then: async () => answer(503, { type: 'api_error' }) } }),
  'a 429': (random) => {
    const headers = { 'retry-after': String(random.between(0, 1)) };
    const type = { type: 'invalid_request_error', code: 'rate_limit' };
    return { call: { instead: async () => answer(429, type, headers) } };
  },
  'a 409': () => ({
    call: { instead: async () => answer(409, { type: 'invalid_request_error', code: 'lock_timeout' }) },
    on: /^POST/,
  }),
  'a wrong amount': () => ({ call: saying({ amount: 1, amount_received: 1 }), on: PAYMENT_CALLS }),
  'another currency': () => ({ call: saying({ currency: 'jpy' }), on: PAYMENT_CALLS }),
  "somebody else's payment": () => ({
    call: saying({ metadata: { payment_id: 'elsewhere' } }),
    on: PAYMENT_CALLS,
  }),
  'an unknown status': () => ({ call: saying({ status: 'on_hold' }), on: PAYMENT_CALLS }),
  'events before the answer': (_, deliveriesDone) => ({
    call: { then: async (given) => (await Promise.race([deliveriesDone(), pause(400)]), given) },
  }),
  'a lost event': () => ({ event: async () => 200 }),
  'a doubled event': () => ({ event: async (_, pass) => (void pass(), pass()) }),
  'a late event': (random) => {
    const ms = random.between(50, 900);
    return {
      event: async (_, pass) => {
        setTimeout(() => void pass(), ms); // the ones behind it overtake
        return 200;
      },
    };
  },
  'an event that is not taken at first': () => ({ event: async () => 500 }),
};

export const FAULT_NAMES = Object.keys(FAULTS);

export function draw(random: Random, deliveriesDone: () => Promise<void>): ArmedFault {
  const name = random.pick(FAULT_NAMES);
  // Twice is more often than the application's own library repeats a call.
  return { name, left: random.pick([1, 1, 2, 2, 3]), ...FAULTS[name]!(random, deliveriesDone) };
}

/** The answer to a key is kept, whatever it was: every repeat gets the same 500. */
function storing500({ works }: { works: boolean }): CallFault {
  const fail = async () => answer(500, { type: 'api_error' }, { 'stripe-should-retry': 'false' });
  return works ? { then: fail } : { instead: fail };
}

function saying(facts: object): CallFault {
  return {
    then: async (given: GatewayAnswer, _call: GatewayCall) =>
      given.status >= 400
        ? given
        : { ...given, body: JSON.stringify({ ...(JSON.parse(given.body) as object), ...facts }) },
  };
}
