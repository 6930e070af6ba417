import { it } from '@jest/globals';

/** What the gateways' own documents say of them, as far as a caller can notice it. */
export interface GatewayFacts {
  gateway: string;
  /** Where the payer gives a card to it, the usual way first. */
  flows: readonly ('redirect' | 'embedded')[];
  /** The calls of its API that faults are asked for, by what they do. */
  charges: string;
  captures: string;
  /** The payer can be sent to their bank, and comes back. */
  sendsToBank: boolean;
  /** Their browser brings back from there what completes the payment. */
  bringsBack?: boolean;
  /** An amount that it has no way to write. */
  cannotWrite: { currency: string; amountMinor: number };
  /** It debits bank accounts. */
  debits: boolean;
  /** It tells, days later, that a debit was good; else the debit counts as taken at once. */
  confirmsDebits: boolean;
  /** It says at once how a refund or a capture ended; else its news does. */
  answersAtOnce: boolean;
  /** Money can be given back as soon as it was taken. */
  refundsAtOnce: boolean;
  /** Its news says how charges ended; else only its answer does. */
  tellsOfCharges: boolean;
  /** The same card saved twice is told. */
  fingerprints: boolean;
  /** What it has can be listed, so that books are compared. */
  listsMovements: boolean;
  /** How long it takes until money can be given back. */
  settlesAfter?: string;
  /** It asks an address whether it is ours. */
  asksFirst?: boolean;
}

export const GATEWAYS: readonly GatewayFacts[] = [
  {
    gateway: 'stripe',
    flows: ['redirect', 'embedded'],
    charges: 'POST /v1/payment_intents/*/confirm',
    captures: 'POST /v1/payment_intents/*/capture',
    cannotWrite: { currency: 'KWD', amountMinor: 1_234 },
    sendsToBank: true,
    debits: true,
    confirmsDebits: true,
    answersAtOnce: true,
    refundsAtOnce: true,
    tellsOfCharges: true,
    fingerprints: true,
    listsMovements: true,
  },
  {
    gateway: 'adyen',
    flows: ['redirect', 'embedded'],
    charges: 'POST /v72/payments',
    captures: 'POST /v72/payments/*/captures',
    bringsBack: true,
    cannotWrite: { currency: 'IDR', amountMinor: 1_234 },
    sendsToBank: true,
    debits: true,
    confirmsDebits: false,
    answersAtOnce: false,
    refundsAtOnce: true,
    tellsOfCharges: true,
    fingerprints: false,
    listsMovements: false,
  },
  {
    gateway: 'braintree',
    flows: ['embedded'],
    charges: 'POST /merchants/*/transactions',
    captures: 'PUT /merchants/*/transactions/*/submit_for_settlement',
    cannotWrite: { currency: 'KWD', amountMinor: 1_234 },
    sendsToBank: false,
    debits: true,
    confirmsDebits: true,
    answersAtOnce: true,
    refundsAtOnce: false,
    tellsOfCharges: false,
    fingerprints: true,
    listsMovements: true,
    settlesAfter: '25h',
    asksFirst: true,
  },
];

/** The gateway that this run is with: one variable decides it, for tests as for the programs. */
export const theGateway: GatewayFacts = factsOf(process.env['PAYMENT_GATEWAY'] ?? 'stripe');

export function factsOf(name: string): GatewayFacts {
  const known = GATEWAYS.find(({ gateway }) => gateway === name);
  if (!known) throw new Error(`Tests know nothing of the gateway ${name}`);
  return known;
}

/** A setup as it usually begins with this gateway. */
const SETUP = { flow: theGateway.flows[0]!, returnUrl: 'http://127.0.0.1:3000/back' } as const;
export const CARD_SETUP = { type: 'card', ...SETUP } as const;
export const BANK_ACCOUNT_SETUP = { type: 'us_bank_account', ...SETUP } as const;

type Claim =
  | 'sendsToBank'
  | 'debits'
  | 'confirmsDebits'
  | 'answersAtOnce'
  | 'refundsAtOnce'
  | 'tellsOfCharges'
  | 'fingerprints'
  | 'listsMovements';

/** A story that exists only where the gateway can do this; elsewhere it is shown as skipped, and why. */
export function itWhere(claims: Claim | Claim[], title: string, story: () => Promise<void>): void {
  const missing = [claims].flat().find((claim) => !theGateway[claim]);
  if (!missing) it(title, story);
  else it.skip(`${title} (${theGateway.gateway}: no ${missing})`, story);
}

/** A story that speaks one gateway's own language, of which each other gateway has its own test. */
export function itWith(gateway: string, title: string, story: () => Promise<void>): void {
  if (theGateway.gateway === gateway) it(title, story);
  else it.skip(`${title} (in the words of ${gateway})`, story);
}
