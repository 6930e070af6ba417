import { v7 as uuidv7 } from 'uuid';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import type { ChargeRequest } from '../payments.contract.js';
import { PaymentRecord } from './payment.entity.js';

/** The payment that a request intends, before anything was sent. */
export function newPayment(request: ChargeRequest, returnUrl: string | null): PaymentRecord {
  const { payerId, paymentMethodId, obligation, amountMinor, currency, caller, idempotencyKey } = request;
  return Object.assign(new PaymentRecord(), {
    id: uuidv7(),
    payerId,
    paymentMethodId,
    obligation,
    amountMinor,
    capturedMinor: 0,
    refundedMinor: 0,
    refundingMinor: 0,
    disputedMinor: 0,
    currency,
    capture: request.capture ?? 'automatic',
    returnUrl,
    status: 'processing' as const,
    statusDetail: 'confirming' as const,
    expectedBy: null,
    failure: null,
    nextActionUrl: null,
    caller,
    idempotencyKey,
    fingerprint: fingerprintOf('charge', caller, request.input),
    obligationFreed: false,
    version: 1,
    createdAt: new Date(),
  });
}
