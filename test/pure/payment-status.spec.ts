import { describe, expect, it } from '@jest/globals';
import { assertPaymentEdge, isFinal, PAYMENT_EDGES } from '../../src/payments/payment/payment-status.js';
import type { PaymentStatus } from '../../src/payments/payments.contract.js';

/** Rows: from. Columns: to. The table of docs, written out by hand so that a changed edge is a changed line here. */
const TO: PaymentStatus[] = [
  'processing',
  'requires_action',
  'requires_capture',
  'succeeded',
  'failed',
  'cancelled',
];
const TABLE: Record<PaymentStatus, string> = {
  processing: '. y y y y y',
  requires_action: 'y . y y y y',
  requires_capture: '. . . y . y',
  succeeded: '. . . . . .',
  failed: '. . . . . .',
  cancelled: '. . . . . .',
};
const EDGES = Object.entries(TABLE).flatMap(([from, row]) =>
  row.split(' ').map((mark, column) => [from as PaymentStatus, TO[column]!, mark === 'y'] as const),
);

describe('the status of a payment', () => {
  it('has a line in the table for each status there is', () => {
    expect(Object.keys(PAYMENT_EDGES).sort()).toEqual([...TO].sort());
  });

  it.each(EDGES)('goes from %s to %s: %s', (from, to, isLegal) => {
    const go = () => assertPaymentEdge(from, to);

    if (isLegal) expect(go).not.toThrow();
    else expect(go).toThrow(`from ${from} to ${to}`);
  });

  it.each(TO)('%s is final exactly when nothing follows', (status) => {
    expect(isFinal(status)).toBe(['succeeded', 'failed', 'cancelled'].includes(status));
  });
});
