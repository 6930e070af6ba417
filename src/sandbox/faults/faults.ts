import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../state/ids.js';
import { invalidRequest } from '../wire/errors.js';

/** What can go wrong with a call of the API. `after_work` says that the call was carried out all the same. */
export const CALL_FAULTS = [
  'delay',
  'refuse_connection',
  'reset_request',
  'reset_answer',
  'time_out',
  'answer_500',
  'answer_502',
  'answer_503',
  'answer_429',
  'answer_409',
  'change_answer',
  'webhooks_before_answer',
] as const;

/** What can go wrong with an event on its way. */
export const WEBHOOK_FAULTS = [
  'drop_webhook',
  'double_webhook',
  'reorder_webhook',
  'delay_webhook',
  'shift_webhook_timestamp',
] as const;

export type FaultName = (typeof CALL_FAULTS)[number] | (typeof WEBHOOK_FAULTS)[number];

export interface FaultOrder {
  does: FaultName;
  /** `POST /v1/payment_intents/*`, or for webhooks an event type, `charge.*`. A star stands for anything. */
  on: string;
  /** How often, at most. Once, unless a probability is given. */
  times?: number;
  /** How many matching calls pass first. */
  skip?: number;
  probability?: number;
  seed?: number;
  delay_ms?: number;
  at_byte?: number;
  after_work?: boolean;
  retry_after_seconds?: number;
  shift_seconds?: number;
  copies?: number;
  set?: Record<string, unknown>;
}

export interface Fault extends FaultOrder {
  id: string;
  /** Matching calls seen, and those that it hit. */
  seen: number;
  hits: number;
}

/** The faults of one account. They are not kept over a restart: whoever wants faults asks for them. */
export class Faults {
  private readonly faults: {
    fault: Fault;
    matches: RegExp;
    random: () => number;
    takenBack: AbortController;
  }[] = [];

  add(order: FaultOrder): Fault {
    const fault: Fault = { ...order, id: newId('fault'), seen: 0, hits: 0 };
    this.faults.push({
      fault,
      matches: patternOf(order.on),
      random: randomFrom(order.seed ?? 1),
      takenBack: new AbortController(),
    });
    return fault;
  }

  all(): Fault[] {
    return this.faults.map(({ fault }) => fault);
  }

  clear(): void {
    for (const { takenBack } of this.faults.splice(0)) takenBack.abort();
  }

  remove(id: string): void {
    const index = this.faults.findIndex(({ fault }) => fault.id === id);
    if (index < 0) throw invalidRequest(`No such fault: '${id}'`, 'resource_missing', 'id', 404);
    for (const { takenBack } of this.faults.splice(index, 1)) takenBack.abort();
  }

  /** What a fault makes slow goes on when its time is over, or the fault is taken back. */
  async hold(fault: Fault, forMs: number): Promise<void> {
    const signal = this.faults.find((it) => it.fault === fault)?.takenBack.signal;
    if (signal) await sleep(forMs, undefined, { signal, ref: false }).catch(() => undefined);
  }

  /** The fault that hits this call, if one does; the first that was asked for comes first. */
  ofCall(method: string, path: string): Fault | undefined {
    if (this.faults.length === 0) return undefined;
    return this.hit(`${method} ${path}`, CALL_FAULTS);
  }

  ofWebhook(type: string): Fault | undefined {
    if (this.faults.length === 0) return undefined;
    return this.hit(type, WEBHOOK_FAULTS);
  }

  private hit(what: string, kinds: readonly FaultName[]): Fault | undefined {
    for (const { fault, matches, random } of this.faults) {
      if (!kinds.includes(fault.does) || !matches.test(what)) continue;
      fault.seen++;
      const { skip = 0, probability = 1 } = fault;
      const times = fault.times ?? (fault.probability === undefined ? 1 : Infinity);
      // Asked for on every matching call, also when it cannot hit, so that a seed means the same calls every time.
      const isDrawn = random() < probability;
      if (fault.seen <= skip || fault.hits >= times || !isDrawn) continue;
      fault.hits++;
      return fault;
    }
    return undefined;
  }
}

function patternOf(on: string): RegExp {
  const escaped = on.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`);
}

/** Mulberry32: the same seed gives the same faults. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
