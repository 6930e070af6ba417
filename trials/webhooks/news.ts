import type { GatewayName } from '../gateways/gateway.ts';
import type { Json } from '../world/gateway-account.ts';
import type { World } from '../world/world.ts';

/** What happens to one payment by card, of which a gateway tells, and what the payment has become when all of that was heard. */
export interface Tale {
  card: string;
  /** By its name here: all that follows the request that began it happens at the gateway. */
  happens(world: World, payment: string, amountMinor: number): Promise<void>;
  /** What is told of it; nobody here hears of it but by these. */
  told: readonly string[];
  becomes(amountMinor: number): string;
}

/** The payer shows themselves to their bank, and takes all of it back. */
const AT_STRIPE: Tale = {
  card: 'pm_card_authenticationRequired',
  happens: async ({ account }, payment) => {
    await account.authenticate(payment, 'succeed');
    await account.dispute(payment);
  },
  told: [
    'payment_intent.requires_action',
    'charge.succeeded',
    'payment_intent.succeeded',
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
  ],
  becomes: (amount) => is(amount, amount, [`needs_response over ${amount}`]),
};

/** Half of it is taken back for good, and the other half comes back. */
const IN_HALVES: Omit<Tale, 'told'> = {
  card: 'pm_card_visa',
  happens: async ({ account }, payment, amountMinor) => {
    for (const status of ['lost', 'won']) {
      const { id }: Json = await account.dispute(payment, amountMinor / 2);
      await account.call('POST', `/_sandbox/disputes/${id}/close`, { status });
    }
  },
  becomes: (amount) => is(amount, amount / 2, [`lost over ${amount / 2}`, 'won over 0']),
};

export const TALES: Record<GatewayName, Tale> = {
  stripe: AT_STRIPE,
  adyen: {
    ...IN_HALVES,
    told: [
      'AUTHORISATION',
      ...['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK', 'DISPUTE_DEFENSE_PERIOD_ENDED'],
      ...['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK', 'CHARGEBACK_REVERSED'],
    ],
  },
  braintree: {
    ...IN_HALVES,
    told: ['dispute_opened', 'dispute_lost', 'dispute_opened', 'dispute_won'],
  },
};

function is(captured: number, disputed: number, disputes: string[]): string {
  const its = disputes.map((dispute) => `dispute ${dispute}`);
  return ['succeeded', `captured ${captured}`, `disputed ${disputed}`, ...its].join(', ');
}
