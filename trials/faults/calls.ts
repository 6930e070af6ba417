import * as scenarios from '../crashes/scenarios.ts';
import type { TrialGateway } from '../gateways/gateway.ts';

/** One call of the gateway, in the flow that makes it. */
export interface Call {
  name: string;
  /** As the sandbox names it in a fault. */
  on: string;
  scenario: scenarios.Scenario;
  /** Its answer is a payment or a refund, whose facts can be wrong. */
  hasMoney: boolean;
  /** A worker makes it, a moment later. */
  isByWorker: boolean;
}

type Row = [
  name: string,
  on: string | undefined,
  scenario: scenarios.Scenario,
  about?: 'money' | 'worker' | 'both',
];

/** What the gateway has no call for is left out. */
function callsOf({ calls, sendsToBank }: TrialGateway): Call[] {
  const rows: Row[] = [
    ['charge, prepare', calls.prepare, scenarios.pay, 'money'],
    ['charge, confirm', calls.confirm, scenarios.pay, 'money'],
    ['decline, confirm', calls.confirm, scenarios.payDeclined],
    ['decline, end', calls.end, scenarios.payDeclined, 'money'],
    ['return, complete', sendsToBank ? calls.returned : undefined, scenarios.broughtBack],
    ['capture', calls.capture, scenarios.capture, 'money'],
    ['cancel', calls.cancel, scenarios.cancel, 'money'],
    ['refund', calls.refund, scenarios.refund, 'money'],
    ['webhook, read', calls.prepare && calls.read, scenarios.webhook, 'both'],
    ['webhook, end', calls.end, scenarios.webhookDeclined, 'both'],
    ['setup, customer', calls.customer, scenarios.setUp],
    ['setup, begin', calls.startSetup, scenarios.setUp],
    ['setup, read', calls.completeSetup, scenarios.completeSetup],
    ['removal, detach', calls.detach, scenarios.remove, 'worker'],
  ];
  return rows.flatMap(([name, on, scenario, about]) => {
    if (!on) return [];
    const hasMoney = about === 'money' || about === 'both';
    return [{ name, on, scenario, hasMoney, isByWorker: about === 'worker' || about === 'both' }];
  });
}

/** What the sandbox is asked to do wrong; `isStored`: the key's answer stays this, so another outcome is right, too. */
export interface GatewayFault {
  name: string;
  order: Record<string, unknown>;
  isStored?: boolean;
  needsMoney?: boolean;
}

const FAULTS: readonly GatewayFault[] = [
  { name: 'delay', order: { does: 'delay', delay_ms: 400 } },
  { name: 'refuse_connection', order: { does: 'refuse_connection' } },
  ...[10, 350].map((at) => ({
    name: `reset_request at byte ${at}`,
    order: { does: 'reset_request', at_byte: at },
  })),
  ...[0, 60, 700, -1].map((at) => ({
    name: `reset_answer at byte ${at}`,
    order: { does: 'reset_answer', at_byte: at },
  })),
  { name: 'time_out before the work', order: { does: 'time_out', after_work: false } },
  { name: 'time_out after the work', order: { does: 'time_out', after_work: true } },
  { name: 'answer_500 instead of the work', order: { does: 'answer_500' }, isStored: true },
  { name: 'answer_500 after the work', order: { does: 'answer_500', after_work: true }, isStored: true },
  ...['answer_502', 'answer_503', 'answer_429', 'answer_409'].map((does) => ({
    name: does,
    order: { does },
  })),
  { name: 'answer_503 after the work', order: { does: 'answer_503', after_work: true } },
  ...[{ amount: 1 }, { currency: 'jpy' }, { status: 'on_hold' }, { metadata: {} }].map((set) => ({
    name: `change_answer ${JSON.stringify(set)}`,
    order: { does: 'change_answer', set },
    needsMoney: true,
  })),
  { name: 'webhooks_before_answer', order: { does: 'webhooks_before_answer' } },
];

/** Once, and more often than the application's library repeats a call by itself. */
const TIMES = [1, 3];

export interface FaultTrial {
  name: string;
  call: Call;
  fault: GatewayFault;
  order: Record<string, unknown>;
}

export function faultTrials(gateway: TrialGateway): FaultTrial[] {
  // Wrong facts are written in Stripe's words; histories have those of each gateway.
  const faults = FAULTS.filter(
    ({ needsMoney, isStored }) =>
      (!needsMoney || gateway.name === 'stripe') && (!isStored || gateway.keepsErrors),
  );
  return callsOf(gateway).flatMap((call) =>
    faults
      .filter(({ needsMoney }) => call.hasMoney || !needsMoney)
      .flatMap((fault) =>
        TIMES.map((times) => ({
          name: `${call.name}: ${fault.name}, ${times === 1 ? 'once' : `${times} times`}`,
          call,
          fault,
          order: { ...fault.order, on: call.on, times },
        })),
      ),
  );
}
