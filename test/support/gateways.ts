import { it } from '@jest/globals';

export type GatewayName = 'stripe' | 'adyen' | 'braintree';

/** What the gateways' own documents say of them, as far as a caller can notice it. */
export interface GatewayFacts {
  gateway: GatewayName;
  /** Where the payer gives a card to it, the usual way first. */
  flows: readonly ('redirect' | 'embedded')[];
  /** It has a page of its own, to which the payer can be sent. */
  hasPage: boolean;
  /** The calls of its API that faults are asked for, by what they do. */
  charges: string;
  captures: string;
  refunds: string;
  /** The call by which a setup begins in the usual way. */
  setups: string;
  detaches: string;
  /** The call by which it forgets a payer. */
  forgets: string;
  /** The key that its fields in our page are given. */
  publishableKey: RegExp;
  /** Its page shows what the payer agrees to. */
  showsMandate: boolean;
  /** What the payer gave it is saved, although their browser never came back. */
  savesByNews: boolean;
  /** Its news tells what became of saved methods. */
  tellsOfMethods: boolean;
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
  /** Its answers bear an id of the request, by which its own log is searched. */
  namesRequests: boolean;
  /** The same card saved twice is told by a fingerprint. */
  fingerprints: boolean;
  /** The same card of the same payer keeps its token when it is saved again. */
  keepsTokens?: boolean;
  /** Its past news can be listed, so that what was lost is found. */
  listsEvents: boolean;
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
    hasPage: true,
    charges: 'POST /v1/payment_intents/*/confirm',
    captures: 'POST /v1/payment_intents/*/capture',
    refunds: 'POST /v1/refunds',
    setups: 'POST /v1/checkout/sessions',
    detaches: 'POST /v1/payment_methods/*/detach',
    forgets: 'DELETE /v1/customers/*',
    publishableKey: /^pk_test_/,
    showsMandate: true,
    savesByNews: true,
    tellsOfMethods: true,
    cannotWrite: { currency: 'KWD', amountMinor: 1_234 },
    sendsToBank: true,
    debits: true,
    confirmsDebits: true,
    answersAtOnce: true,
    refundsAtOnce: true,
    tellsOfCharges: true,
    namesRequests: true,
    fingerprints: true,
    listsEvents: true,
    listsMovements: true,
  },
  {
    gateway: 'adyen',
    flows: ['redirect', 'embedded'],
    hasPage: true,
    charges: 'POST /v72/payments',
    captures: 'POST /v72/payments/*/captures',
    refunds: 'POST /v72/payments/*/refunds',
    setups: 'POST /v72/sessions',
    detaches: 'DELETE /v72/storedPaymentMethods/*',
    forgets: 'GET /v72/storedPaymentMethods', // it keeps nothing of a payer but what is stored for them
    publishableKey: /^test_/,
    showsMandate: false,
    savesByNews: true,
    tellsOfMethods: true,
    bringsBack: true,
    cannotWrite: { currency: 'IDR', amountMinor: 1_234 },
    sendsToBank: true,
    debits: true,
    confirmsDebits: false,
    answersAtOnce: false,
    refundsAtOnce: true,
    tellsOfCharges: true,
    namesRequests: true,
    fingerprints: false,
    keepsTokens: true,
    listsEvents: false,
    listsMovements: false,
  },
  {
    gateway: 'braintree',
    flows: ['embedded'],
    hasPage: false,
    charges: 'POST /merchants/*/transactions',
    captures: 'PUT /merchants/*/transactions/*/submit_for_settlement',
    refunds: 'POST /merchants/*/transactions/*/refund',
    setups: 'POST /merchants/*/client_token',
    detaches: 'DELETE /merchants/*/payment_methods/any/*',
    forgets: 'DELETE /merchants/*/customers/*',
    publishableKey: /^null$/, // its client secret holds all that they need
    showsMandate: false,
    savesByNews: false,
    tellsOfMethods: false,
    cannotWrite: { currency: 'KWD', amountMinor: 1_234 },
    sendsToBank: false,
    debits: true,
    confirmsDebits: true,
    answersAtOnce: true,
    refundsAtOnce: false,
    tellsOfCharges: false,
    namesRequests: false,
    fingerprints: true,
    listsEvents: false,
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
  | 'hasPage'
  | 'savesByNews'
  | 'tellsOfMethods'
  | 'sendsToBank'
  | 'debits'
  | 'confirmsDebits'
  | 'answersAtOnce'
  | 'refundsAtOnce'
  | 'tellsOfCharges'
  | 'namesRequests'
  | 'fingerprints'
  | 'listsEvents'
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

type Each = typeof it.each;

/** The same, of a story that is told of each row. */
export function eachWhere(claim: Claim): Each {
  return theGateway[claim] ? it.each : skippedEach(`${theGateway.gateway}: no ${claim}`);
}

export function eachWith(gateway: string): Each {
  return theGateway.gateway === gateway ? it.each : skippedEach(`in the words of ${gateway}`);
}

function skippedEach(why: string): Each {
  const each = (rows: unknown[][]) => (title: string, story: () => Promise<void>) =>
    it.skip.each(rows)(`${title} (${why})`, story);
  return each as unknown as Each;
}
