import { callOf, type TrialGateway } from '../gateways/gateway.ts';
import {
  after,
  afterCommitOf,
  before,
  beforeCommitOf,
  type Moment,
  unanswered,
  unasked,
  unconfirmed,
  unheard,
  unsent,
  untold,
} from '../world/points.ts';
import * as scenarios from './scenarios.ts';

/** A named point of fault matrix A: where the process dies, and in which flow. */
export interface CrashPoint {
  name: string;
  story: string;
  scenario: scenarios.Scenario;
  moment: Moment;
}

export const BEGIN = /INSERT INTO payments\.payment \(/;
const REMEMBER = /UPDATE payments\.payment_attempt SET provider_payment/;
export const SETTLE = /UPDATE payments\.payment SET status/;
const RECORD = /^WITH changed AS/;
const OPERATION = /INSERT INTO payments\.payment_operation/;
const BEGIN_REFUND = /INSERT INTO payments\.refund/;
const SETTLE_REFUND = /UPDATE payments\.refund SET provider_refund/;
const BEGIN_SETUP = /INSERT INTO payments\.setup_intent/;
const SAVE_METHOD = /INSERT INTO payments\.payment_method\(/;
const RETIRE = /INSERT INTO payments\.payment_method_task .*'detach'/;
const FORGET_TOKEN = /UPDATE payments\.payment_method_task task SET sealed_token = NULL/;
/** A worker has taken at least one row; a look at an empty list is no moment. */
const taken = (table: string): Moment =>
  after(new RegExp(`^UPDATE payments\\.${table} AS taken.* → UPDATE [1-9]`));
const INBOX = /^INSERT INTO payments\.webhook_event/;
const TAKE_BACK = /INSERT INTO payments\.dispute/;
const PROCESSED = /UPDATE payments\.webhook_event SET status/;
const APPLIED = /INSERT INTO app\.received_event/;
const DELIVERED = /UPDATE payments\.outbox_message SET delivered_at/;

/** A statement that is recorded inside the transaction of another one. */
const within = (moment: Moment, inside: RegExp): Moment => ({ ...moment, inside });

/** The moment is null at a call that the gateway has not. */
type Row = [name: string, story: string, moment: Moment | null];

const points = (scenario: scenarios.Scenario, rows: Row[]): CrashPoint[] =>
  rows.flatMap(([name, story, moment]) => (moment ? [{ name, story, scenario, moment }] : []));

export function crashPoints({ calls, sendsToBank, tellsOfSetups }: TrialGateway): CrashPoint[] {
  const at = (moment: (what: RegExp) => Moment, call: string | undefined): Moment | null =>
    call === undefined ? null : moment(callOf(call));
  /** It is told by the same news whether the payer has authenticated, or it is told of what banks take back. */
  const apply = calls.prepare ? SETTLE : TAKE_BACK;
  return [
    ...points(scenarios.pay, [
      ['C0', 'before the intention is written', before(BEGIN)],
      ['C1', 'the intention is committed, nothing was sent', after(BEGIN)],
      ['C2', 'the first request has not reached the gateway', at(unsent, calls.prepare)],
      ['C2b', 'the confirmation has not reached the gateway', at(unsent, calls.confirm)],
      ['C3', 'the gateway has taken the money, and its answer is lost', at(unheard, calls.confirm)],
      ['C4', 'the answer is in hand, nothing of it is stored', before(SETTLE)],
      ['C6', 'the outcome is committed, the client has no answer', after(SETTLE)],
      ['C7', "the gateway's object exists, its id is not stored", at(unheard, calls.prepare)],
      ['C7b', 'the id is about to be stored', before(REMEMBER)],
      ['C7c', 'the id is stored, nothing is confirmed', after(REMEMBER)],
    ]),
    ...points(
      scenarios.payOffSession,
      !sendsToBank
        ? []
        : [
            ['C8', '3-D Secure is wanted off-session, the answer is lost', at(unheard, calls.confirm)],
            ['C8b', '3-D Secure is wanted off-session, it is not stored yet', before(SETTLE)],
            ['C8c', '3-D Secure is wanted off-session, it is stored', after(SETTLE)],
          ],
    ),
    ...points(scenarios.payDeclined, [
      ['D0', 'declined, the answer is lost', at(unheard, calls.confirm)],
      ['D1', 'declined, the object is not ended yet', at(unsent, calls.end)],
      ['D2', 'declined, the object is ended, its answer is lost', at(unheard, calls.end)],
      ['D3', 'declined and ended, not stored yet', before(SETTLE)],
    ]),
    ...points(scenarios.capture, [
      ['K1', 'a capture is stored and not sent', afterCommitOf(OPERATION)],
      ['K2', 'a capture has not reached the gateway', at(unsent, calls.capture)],
      ['K3', 'captured, the answer is lost', at(unheard, calls.capture)],
      ['K4', 'captured, not stored', before(SETTLE)],
      ['K5', 'captured and stored, the operation is still open', after(SETTLE)],
    ]),
    ...points(scenarios.cancel, [
      ['X1', 'a cancellation is stored and not sent', afterCommitOf(OPERATION)],
      ['X2', 'let go at the gateway, the answer is lost', at(unheard, calls.cancel)],
      ['X3', 'let go at the gateway, not stored', before(SETTLE)],
    ]),
    ...points(scenarios.refund, [
      ['R0', 'before the refund is committed', beforeCommitOf(BEGIN_REFUND)],
      ['R1', 'the refund is committed, nothing was sent', afterCommitOf(BEGIN_REFUND)],
      ['R2', 'the request has not reached the gateway', at(unsent, calls.refund)],
      ['R3', 'the gateway has given it back, and its answer is lost', at(unheard, calls.refund)],
      ['R4', 'the answer is in hand, nothing of it is committed', beforeCommitOf(SETTLE_REFUND)],
      [
        'R5',
        'inside settling, before audit and outbox',
        { ...within(before(RECORD), /UPDATE payments\.payment SET refunding_minor = \$2, refunded_minor/) },
      ],
      ['R6', 'settled, the client has no answer', afterCommitOf(SETTLE_REFUND)],
    ]),
    ...points(scenarios.setUp, [
      ['S0', 'a setup is asked for, nothing is stored', beforeCommitOf(BEGIN_SETUP)],
      ['S1', 'the setup is stored, the gateway knows nothing', afterCommitOf(BEGIN_SETUP)],
      ['S2', "the gateway's page exists, its id is not stored", at(unheard, calls.startSetup)],
    ]),
    ...points(
      scenarios.setupTold,
      !tellsOfSetups
        ? []
        : [
            ['S3', 'the payer is done, and we are told while we die', before(INBOX)],
            ['S3b', 'the payer is done, and we die while we ask', at(unheard, calls.readSetup)],
          ],
    ),
    ...points(scenarios.completeSetup, [
      ['S4', 'the method is fetched and not stored', beforeCommitOf(SAVE_METHOD)],
      ['S5', 'the method is stored, the client has no answer', afterCommitOf(SAVE_METHOD)],
    ]),
    ...points(scenarios.remove, [
      ['S5b', 'the token is put down to be detached, the removal is not committed', beforeCommitOf(RETIRE)],
      ['S6', 'removed here, the gateway does not know', afterCommitOf(RETIRE)],
      ['S6a', 'a worker has taken the detaching', taken('payment_method_task')],
      ['S6b', 'the detaching has not reached the gateway', at(unsent, calls.detach)],
      ['S7', 'detached at the gateway, not stored', at(unheard, calls.detach)],
      ['S7a', 'detached at the gateway, the token is not forgotten', before(FORGET_TOKEN)],
      ['S7b', 'the token is forgotten, that is not committed', beforeCommitOf(FORGET_TOKEN)],
    ]),
    ...points(scenarios.webhook, [
      ['W0', 'an event is verified and not stored', before(INBOX)],
      ['W1', 'the event is stored, the gateway has no answer', after(INBOX)],
      ['W2', 'a worker has taken the event', taken('webhook_event')],
      ['W3', 'inside applying it', before(apply)],
      ['W3b', 'applied and not marked', after(apply)],
      ['W3c', 'about to be marked', before(PROCESSED)],
      ['W4', 'applied and marked', after(PROCESSED)],
    ]),
    ...points(scenarios.broughtBack, [
      ['B1', 'the payer is back, the gateway does not know', at(unsent, calls.returned)],
      ['B2', 'the payer is back and the money is taken, the answer is lost', at(unheard, calls.returned)],
      [
        'B3',
        'the payer is back and the money is taken, it is not stored',
        calls.returned ? before(SETTLE) : null,
      ],
    ]),
    ...points(scenarios.webhookDeclined, [
      ['W6', 'told of a decline, the object is not ended yet', at(unsent, calls.end)],
      ['W7', 'told of a decline, the object is ended, its answer is lost', at(unheard, calls.end)],
    ]),
    ...points(scenarios.pay, [
      ['O0', 'the relay has taken a message', taken('outbox_message')],
      ['O1', 'delivered and not marked', before(DELIVERED)],
      ['O2', 'the listener has written and not committed', beforeCommitOf(APPLIED)],
      ['O2b', 'the listener has committed, nobody was told', afterCommitOf(APPLIED)],
    ]),
  ];
}

const CHARGE = /^POST \/link\/v1\/charges$/;
const ASK_REFUND = /^POST \/v1\/payments\/[\w-]+\/refunds$/;
const ASK_CAPTURE = /^POST \/v1\/payments\/[\w-]+\/captures$/;
const COMPLETE = /^POST \/v1\/setup-intents\/[\w-]+\/completions$/;
const TELL = /^POST \/link\/v1\/events$/;

/** Between two programs, where there are two. */
export const LINK_POINTS: readonly CrashPoint[] = [
  ...points(scenarios.pay, [
    ['P0', 'payments have not heard of the charge', unasked(CHARGE)],
    ['P1', 'payments have charged, and the application has not heard', unanswered(CHARGE)],
    ['E0', 'an event has not reached the application', untold(TELL)],
    ['E1', 'the application has applied an event, and payments have not heard', unconfirmed(TELL)],
  ]),
  ...points(scenarios.refund, [
    ['P2', 'a forwarded refund has not reached payments', unasked(ASK_REFUND)],
    ['P3', 'payments have given it back, and the application has not heard', unanswered(ASK_REFUND)],
  ]),
  ...points(scenarios.capture, [
    ['P4', 'payments have captured, and the application has not heard', unanswered(ASK_CAPTURE)],
  ]),
  ...points(scenarios.completeSetup, [
    ['P5', 'payments have saved the card, and the application has not heard', unanswered(COMPLETE)],
  ]),
];
