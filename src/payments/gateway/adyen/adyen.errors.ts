import { GatewayUnavailable } from '../gateway.js';

/** Adyen said no, with its own code. */
export class AdyenRefusal extends Error {
  constructor(
    readonly status: number,
    readonly errorCode: string,
    message: string,
  ) {
    super(`${status} ${errorCode} ${message}`);
  }
}

/** Nobody answered, or nothing that could be understood. */
export class NoAnswer extends Error {}

/** The same key is at work already, or the account's keys and limits are in the way: nothing is known of the payment. */
const NOT_ABOUT_THE_REQUEST = new Set(['704', '000', '010', '901']);

/** Adyen looked at the request and refused it: nothing happened. Everything else that fails is unknown. */
export function isDefiniteNo(error: unknown): error is AdyenRefusal {
  if (!(error instanceof AdyenRefusal) || NOT_ABOUT_THE_REQUEST.has(error.errorCode)) return false;
  return error.status === 400 || error.status === 403 || error.status === 404 || error.status === 422;
}

/** https://docs.adyen.com/development-resources/error-codes: 800 "Contract not found", 803 "PaymentDetail not found". */
export function isTokenGone(error: unknown): boolean {
  return error instanceof AdyenRefusal && (error.status === 404 || ['800', '803'].includes(error.errorCode));
}

export function unknown(error: unknown): { status: 'unknown'; reason: string } {
  return { status: 'unknown', reason: error instanceof Error ? error.message : String(error) };
}

/** For calls that have no outcome of their own: no answer is `GatewayUnavailable`, a refusal is a bug of ours. */
export async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isDefiniteNo(error)) throw error;
    if (error instanceof AdyenRefusal || error instanceof NoAnswer)
      throw new GatewayUnavailable(`Adyen: ${error.message}`, { cause: error });
    throw error;
  }
}
