import type { Changes } from '../state/changes.js';
import type { PaymentMethod } from '../state/resources.js';

/** What storing details came to: `tokenization.store.operationType`, and the last word of a token's event. */
export type StoreOperation = 'created' | 'updated' | 'alreadyExisting';

/**
 * Adyen keeps the same card or account of one shopper once: stored again, it has the token that it had, and is told as such.
 * https://docs.adyen.com/api-explorer/Tokenization-webhooks/1/post/recurring.token.alreadyExisting
 */
export function storedAgain(
  changes: Changes,
  typed: PaymentMethod,
  customer: string | null,
): { method: PaymentMethod; operation: StoreOperation } {
  const shopper = customer ? changes.find('customer', customer) : undefined;
  const known =
    shopper?.metadata?.['shopper_reference'] !== undefined &&
    changes
      .all('payment_method')
      .find((it) => it.customer === customer && it.id !== typed.id && isSame(it, typed));
  if (!known) return { method: typed, operation: 'created' };
  const { card, billing_details, sandbox } = typed;
  const isAsBefore = known.card?.exp_year === card?.exp_year && known.card?.exp_month === card?.exp_month;
  const method = changes.save<PaymentMethod>({ ...known, ...(card && { card }), billing_details, sandbox });
  changes.emit(isAsBefore ? 'adyen.token_existed' : 'payment_method.updated', method);
  return { method, operation: isAsBefore ? 'alreadyExisting' : 'updated' };
}

function isSame(one: PaymentMethod, other: PaymentMethod): boolean {
  const [known, typed] = [one.card ?? one.us_bank_account, other.card ?? other.us_bank_account];
  return (
    one.type === other.type && known?.fingerprint === typed?.fingerprint && known?.last4 === typed?.last4
  );
}
