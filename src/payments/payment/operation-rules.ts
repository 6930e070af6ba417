import type { GatewayOutcome } from '../gateway/gateway.js';
import { PaymentsError, type PaymentStatus } from '../payments.contract.js';
import type { OperationKind, PaymentOperation } from './payment-operation.entity.js';
import type { PaymentRecord } from './payment.entity.js';

/** Where a payment must stand for each operation. */
const ALLOWED: Record<OperationKind, readonly PaymentStatus[]> = {
  confirmation: ['requires_action'],
  capture: ['requires_capture'],
  cancellation: ['requires_action', 'requires_capture'],
};

/** A payer ends what waits for them; an amount that was reserved is not theirs to let go. */
const ALLOWED_TO_PAYER: Record<OperationKind, readonly PaymentStatus[]> = {
  confirmation: ALLOWED.confirmation,
  capture: [],
  cancellation: ['requires_action'],
};

export function isAllowed({ kind }: PaymentOperation, { status }: PaymentRecord): boolean {
  return ALLOWED[kind].includes(status);
}

/** @throws PaymentsError when the payment does not stand where this can be done, or not by its payer */
export function assertAllowed(operation: PaymentOperation, payment: PaymentRecord, isByPayer: boolean): void {
  const allowed = isByPayer ? ALLOWED_TO_PAYER : ALLOWED;
  if (!allowed[operation.kind].includes(payment.status))
    throw new PaymentsError(
      'payment_state_conflict',
      `A payment that is ${payment.status} allows no ${operation.kind}${isByPayer ? ' by its payer' : ''}. Read it again to see how it stands.`,
    );
  if (operation.amountMinor !== null && operation.amountMinor > payment.amountMinor)
    throw new PaymentsError(
      'validation_failed',
      `amountMinor is more than the reserved ${payment.amountMinor}.`,
    );
}

/** A gateway that keeps an object of the payment captures or ends it once, under whatever key, and says so when it is asked again. */
export function happensOnce({ kind }: PaymentOperation): boolean {
  return kind !== 'confirmation';
}

/** Gateways tell within seconds, and again within minutes when they were not heard. */
const TOLD_WITHIN_MS = 15 * 60 * 1000;

/** What the payer came back with may have reached a gateway that only tells: until then nothing else is done with the payment. */
export function mayBeToldYet(
  { kind, createdAt }: PaymentOperation,
  { nextActionUrl }: PaymentRecord,
  { status }: GatewayOutcome,
): boolean {
  const saysNothing = status === 'requires_action' || status === 'unconfirmed';
  const isOnItsWay = kind === 'confirmation' && nextActionUrl !== null;
  return isOnItsWay && saysNothing && Date.now() - createdAt.getTime() < TOLD_WITHIN_MS;
}
