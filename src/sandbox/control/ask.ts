import { cardFrom } from '../api/card-details.js';
import { bankAccountFrom } from '../api/bank-details.js';
import { usablePaymentMethod } from '../api/wallet.js';
import type { Sandbox } from '../sandbox.js';
import type { Account } from '../state/account.js';
import type { Changes } from '../state/changes.js';
import type { PaymentMethod } from '../state/resources.js';
import { invalidRequest } from '../wire/errors.js';

export type Body = Record<string, unknown>;

/** One control call, with the account that its key chose. */
export interface Ask {
  account: Account;
  changes: Changes;
  body: Body;
  id: string;
  origin: string;
  sandbox: Sandbox;
}

export type Controls = Record<`${'GET' | 'POST' | 'DELETE'} /_sandbox/${string}`, (ask: Ask) => unknown>;

export function textOf(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidRequest(`${name} must be text.`, undefined, name);
}

/** A control call may be JSON or a form, where every value is text. */
export function numberOf(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw invalidRequest(`${name} must be a number.`, undefined, name);
}

/** Digits that may have come as a number. */
function wordOf(body: Body, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'number' ? String(value) : textOf(body, name);
}

export function isSet(body: Body, name: string): boolean {
  return body[name] === true || body[name] === 'true';
}

export function choiceOf<T extends string>(body: Body, name: string, choices: readonly T[]): T {
  const value = body[name] as T;
  if (choices.includes(value)) return value;
  throw invalidRequest(`${name} must be one of ${choices.join(', ')}.`, undefined, name);
}

/** `{payment_method: 'pm_card_visa'}`, or what a payer would type into the hosted page. */
export function typedMethod(changes: Changes, body: Body): PaymentMethod {
  const id = textOf(body, 'payment_method');
  const isVerified = body.verification === 'instant';
  if (id) {
    const method = usablePaymentMethod(changes, id);
    return isVerified ? changes.save({ ...method, sandbox: { ...method.sandbox, isVerified } }) : method;
  }
  if (body.account_number !== undefined) {
    const account_number = wordOf(body, 'account_number') ?? '';
    const routing_number = wordOf(body, 'routing_number') ?? '';
    const account = { account_number, routing_number };
    return changes.save(bankAccountFrom(changes, account, { isVerified }));
  }
  const nextYear = new Date(changes.account.nowMs()).getUTCFullYear() + 1;
  const card = {
    number: wordOf(body, 'number') ?? '',
    exp_month: numberOf(body, 'exp_month') ?? 12,
    exp_year: numberOf(body, 'exp_year') ?? nextYear,
    cvc: wordOf(body, 'cvc') ?? '123',
  };
  return changes.save(cardFrom(changes, card, true));
}
