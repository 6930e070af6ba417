import { callOf, type TrialGateway } from '../gateways/gateway.ts';
import type { Random } from '../random.ts';
import type { CallFault, GatewayAnswer } from '../world/gateway-proxy.ts';
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

type Drawn = (random: Random, deliveriesDone: () => Promise<void>) => Omit<ArmedFault, 'name' | 'left'>;

/** What matrix B names, as something to draw from. */
const FAULTS: Record<string, Drawn> = {
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

export function draw(random: Random, gateway: TrialGateway, deliveriesDone: () => Promise<void>): ArmedFault {
  const faults = faultsOf(gateway);
  const name = random.pick(Object.keys(faults));
  // Twice is more often than the application's own library repeats a call.
  return { name, left: random.pick([1, 1, 2, 2, 3]), ...faults[name]!(random, deliveriesDone) };
}

/** Without what this gateway does not do: an error for ever; and news that is lost for good, which nothing could make up for. */
function faultsOf({ lies, calls, keepsErrors, listsEvents }: TrialGateway): Record<string, Drawn> {
  const money = [calls.prepare, calls.confirm, calls.read, calls.capture, calls.cancel].filter(
    (it) => it !== undefined,
  );
  const on = new RegExp(money.map((it) => callOf(it).source).join('|'));
  const told = Object.entries(lies).map(([name, lie]): [string, Drawn] => [
    name,
    () => ({
      call: { then: async (given) => (given.status >= 400 ? given : { ...given, body: lie(given.body) }) },
      on,
    }),
  ]);
  const own = Object.entries(FAULTS).filter(
    ([name]) => (keepsErrors || !name.startsWith('a stored 500')) && (listsEvents || name !== 'a lost event'),
  );
  return Object.fromEntries([...own, ...told]);
}

/** The answer to a key is kept, whatever it was: every repeat gets the same 500. */
function storing500({ works }: { works: boolean }): CallFault {
  const fail = async () => answer(500, { type: 'api_error' }, { 'stripe-should-retry': 'false' });
  return works ? { then: fail } : { instead: fail };
}
