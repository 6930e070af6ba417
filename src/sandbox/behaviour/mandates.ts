import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { MandateData, PaymentMethod } from '../state/resources.js';
import type { Mandate } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';

interface Given {
  customer_acceptance?: {
    accepted_at?: number;
    type?: 'online' | 'offline';
    online?: { ip_address?: string; user_agent?: string };
  };
}

/** The payer's consent as the caller tells it. https://docs.stripe.com/payments/ach-direct-debit#mandates */
export function mandateDataOf(changes: Changes, given: Given | undefined): MandateData | undefined {
  const acceptance = given?.customer_acceptance;
  if (!acceptance) return undefined;
  const { type = 'online', online, accepted_at } = acceptance;
  if (type === 'online' && (!online?.ip_address || !online.user_agent)) {
    const param = 'mandate_data[customer_acceptance][online]';
    throw invalidRequest(`Missing required param: ${param}.`, 'parameter_missing', param);
  }
  return {
    type,
    acceptedAt: accepted_at ?? changes.now,
    ipAddress: online?.ip_address ?? null,
    userAgent: online?.user_agent ?? null,
  };
}

export function activeMandateOf(changes: Changes, method: PaymentMethod): Mandate | undefined {
  return changes
    .all('mandate')
    .findLast((mandate) => mandate.payment_method === method.id && mandate.status === 'active');
}

export function agree(changes: Changes, method: PaymentMethod, consent: MandateData): Mandate {
  const { type, acceptedAt, ipAddress, userAgent } = consent;
  return changes.save<Mandate>({
    id: newId('mandate'),
    object: 'mandate',
    customer_acceptance: {
      accepted_at: acceptedAt,
      type,
      ...(type === 'offline'
        ? { offline: {} }
        : { online: { ip_address: ipAddress, user_agent: userAgent } }),
    },
    livemode: false,
    multi_use: {},
    payment_method: method.id,
    payment_method_details: { type: 'us_bank_account', us_bank_account: {} },
    status: 'active',
    type: 'multi_use',
  });
}

/** The payer, or the bank, took the consent back: debits are refused from here on. */
export function revoke(changes: Changes, mandate: Mandate): Mandate {
  const revoked = changes.save<Mandate>({ ...mandate, status: 'inactive' });
  changes.emit('mandate.updated', revoked, { status: mandate.status });
  return revoked;
}
