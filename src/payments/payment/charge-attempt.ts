import type { ChargeAttempt } from '../gateway/gateway.js';
import type { PaymentMethodRecord } from '../payment-method/payment-method.entity.js';
import type { Tokens } from '../payment-method/tokens.js';
import type { PaymentAttempt } from './payment-attempt.entity.js';
import type { PaymentRecord } from './payment.entity.js';

/** A charge whose intention is durable. */
export interface Charge {
  payment: PaymentRecord;
  attempt: PaymentAttempt;
  method: PaymentMethodRecord;
}

/** The charge as the gateway is asked for it. */
export function chargeAttempt({ payment, attempt, method }: Charge, tokens: Tokens): ChargeAttempt {
  return {
    id: attempt.id,
    paymentId: payment.id,
    begunAt: attempt.createdAt,
    payerId: payment.payerId,
    obligation: payment.obligation,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    providerToken: tokens.of(method),
    providerCustomer: method.providerCustomer!,
    methodType: method.type,
    capture: payment.capture,
    returnUrl: payment.returnUrl,
  };
}

/** Gateways keep idempotency keys for 24 hours; with clocks that differ, nothing is sent again after 20. */
export const SEND_AGAIN_MS_MAX = 20 * 60 * 60 * 1000;
