import * as scenarios from '../crashes/scenarios.ts';

/** One call of the gateway, in the flow that makes it. */
export interface Call {
  name: string;
  /** As the sandbox names it in a fault. */
  on: string;
  scenario: scenarios.Scenario;
  /** Its answer is a payment or a refund, whose facts can be wrong. */
  hasMoney: boolean;
}

export const CALLS: readonly Call[] = [
  { name: 'charge, prepare', on: 'POST /v1/payment_intents', scenario: scenarios.pay, hasMoney: true },
  {
    name: 'charge, confirm',
    on: 'POST /v1/payment_intents/*/confirm',
    scenario: scenarios.pay,
    hasMoney: true,
  },
  {
    name: 'decline, confirm',
    on: 'POST /v1/payment_intents/*/confirm',
    scenario: scenarios.payDeclined,
    hasMoney: false,
  },
  {
    name: 'decline, end',
    on: 'POST /v1/payment_intents/*/cancel',
    scenario: scenarios.payDeclined,
    hasMoney: true,
  },
  { name: 'capture', on: 'POST /v1/payment_intents/*/capture', scenario: scenarios.capture, hasMoney: true },
  { name: 'cancel', on: 'POST /v1/payment_intents/*/cancel', scenario: scenarios.cancel, hasMoney: true },
  { name: 'refund', on: 'POST /v1/refunds', scenario: scenarios.refund, hasMoney: true },
  { name: 'webhook, read', on: 'GET /v1/payment_intents/*', scenario: scenarios.webhook, hasMoney: true },
  {
    name: 'webhook, end',
    on: 'POST /v1/payment_intents/*/cancel',
    scenario: scenarios.webhookDeclined,
    hasMoney: true,
  },
  { name: 'setup, customer', on: 'POST /v1/customers', scenario: scenarios.setUp, hasMoney: false },
  { name: 'setup, begin', on: 'POST /v1/checkout/sessions', scenario: scenarios.setUp, hasMoney: false },
  {
    name: 'setup, read',
    on: 'GET /v1/checkout/sessions/*',
    scenario: scenarios.completeSetup,
    hasMoney: false,
  },
  {
    name: 'removal, detach',
    on: 'POST /v1/payment_methods/*/detach',
    scenario: scenarios.remove,
    hasMoney: false,
  },
];

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

export const FAULT_TRIALS: readonly FaultTrial[] = CALLS.flatMap((call) =>
  FAULTS.filter(({ needsMoney }) => call.hasMoney || !needsMoney).flatMap((fault) =>
    TIMES.map((times) => ({
      name: `${call.name}: ${fault.name}, ${times === 1 ? 'once' : `${times} times`}`,
      ...{ call, fault, order: { ...fault.order, on: call.on, times } },
    })),
  ),
);
