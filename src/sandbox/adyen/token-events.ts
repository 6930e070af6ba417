import type { Account } from '../state/account.js';
import type { Event, PaymentMethod } from '../state/resources.js';
import { MERCHANT_ACCOUNT, pspOf, shopperOf, variantOf } from './names.js';

/** What Adyen tells of a stored method, in webhooks of another shape, by the event that the ledger knows it by. */
export const TOKEN_EVENTS: Record<string, string> = {
  'payment_method.attached': 'recurring.token.created',
  'adyen.token_existed': 'recurring.token.alreadyExisting',
  'payment_method.automatically_updated': 'recurring.token.updated',
  'payment_method.updated': 'recurring.token.updated',
  'payment_method.detached': 'recurring.token.disabled',
};

export function tokenEvent(account: Account, event: Event): object {
  const type = TOKEN_EVENTS[event.type]!;
  const method = event.data.object as PaymentMethod;
  const customer =
    method.customer ?? (event.data.previous_attributes?.['customer'] as string | undefined) ?? null;
  return {
    createdAt: new Date(event.created * 1000).toISOString(),
    data: {
      merchantAccount: MERCHANT_ACCOUNT,
      shopperReference: shopperOf(account, customer),
      storedPaymentMethodId: pspOf(method.id),
      type: variantOf(method),
      ...(type !== 'recurring.token.disabled' && { operation: type.split('.').at(-1) }),
    },
    environment: 'test',
    eventId: pspOf(event.id),
    type,
    version: '1',
  };
}
