import type { Result, SdkError } from 'braintree';
import { GatewayUnavailable } from '../gateway.js';

/** A request that breaks a rule, by the codes of the rules. https://developer.paypal.com/braintree/docs/reference/general/validation-errors/all/node */
export class BraintreeRefusal extends Error {
  constructor(
    message: string,
    readonly codes: readonly string[],
  ) {
    super(`${codes.join(', ')} ${message}`.trim());
  }

  has(...codes: string[]): boolean {
    return codes.some((code) => this.codes.includes(code));
  }
}

/** The key is at work, was used for something else, or ended badly: nothing is known of what it stands for. */
const NOT_ABOUT_THE_REQUEST = ['915232', '915233', '915234', '915235'];

export const ID_IN_USE = '91609';
export const NOT_SETTLED = '91506';
/** Of small deposits: the amounts are others, or none that can have been sent. */
export const OTHER_AMOUNTS = ['96103', '96106'];

/** The answer, unless it is a refusal. What a bank declined is an answer, too. */
export function accepted<T>(result: Result<T>): Result<T> {
  if (result.success || result.transaction || result.verification) return result;
  const codes = result.errors?.deepErrors().map(({ code }) => code) ?? [];
  throw new BraintreeRefusal(result.message ?? '', codes);
}

/** Braintree looked at the request and refused it: nothing happened. Everything else that fails is unknown. */
export function isDefiniteNo(error: unknown): error is BraintreeRefusal {
  return error instanceof BraintreeRefusal && !error.has(...NOT_ABOUT_THE_REQUEST);
}

export function isNotFound(error: unknown): boolean {
  return typeOf(error) === 'notFoundError';
}

/** Nobody answered, or nobody who could do it now. Keys that do not fit are no such thing, but say nothing of a payment either. */
export function isNoAnswer(error: unknown): boolean {
  const type = typeOf(error);
  return type !== undefined && type !== 'notFoundError' && type !== 'invalidKeysError';
}

export function unknown(error: unknown): { status: 'unknown'; reason: string } {
  return { status: 'unknown', reason: error instanceof Error ? error.message : String(error) };
}

/** For calls that have no outcome of their own: no answer is `GatewayUnavailable`, a refusal is a bug of ours. */
export async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isNoAnswer(error))
      throw new GatewayUnavailable(`Braintree: ${unknown(error).reason}`, { cause: error });
    throw error;
  }
}

function typeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as Partial<SdkError>).type : undefined;
}
