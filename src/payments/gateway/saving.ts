import type { PaymentMethodReason, PaymentMethodType } from '../payments.contract.js';

export type SetupFlow = 'redirect' | 'embedded';

export interface SetupRequest {
  setupIntentId: string;
  payerId: string;
  providerCustomer: string;
  type: PaymentMethodType;
  flow: SetupFlow;
  /** Where the gateway's own page sends the payer back to. */
  returnUrl: string | null;
  /** What the payer agrees to by saving, for the gateway's own page to show beside its button, where it can. */
  mandateText: string;
  key: string;
}

export interface StartedSetup {
  providerSetup: string;
  redirectUrl: string | null;
  clientSecret: string | null;
  publishableKey: string | null;
  /** The gateway's own page shows what the payer agrees to; else it is shown to them by whoever sends them there. */
  showsMandate: boolean;
}

export type SetupOutcome =
  | {
      status: 'succeeded';
      method: GatewayMethod;
      /** The gateway's own record of the payer's consent, where it keeps one. */
      providerMandate: string | null;
    }
  /** A bank account that the payer must prove by telling which small deposits arrived. */
  | { status: 'verifying'; method: GatewayMethod; ask: DepositProof['kind']; depositsOn: Date }
  /** `refusal` is the code with which a card was refused: somebody tried one. */
  | { status: 'incomplete'; reason: string; refusal: string | null }
  | { status: 'ended'; reason: string };

export type DepositProof =
  { kind: 'amounts'; amountsMinor: [number, number] } | { kind: 'descriptor_code'; descriptorCode: string };

/** Whatever else it says, how the setup stands then is asked by `readSetup`. */
export type VerificationOutcome = 'verified' | 'mismatch' | 'closed';

export type MethodOutcome =
  | { status: 'usable'; method: GatewayMethod }
  /** It can no longer be charged; `method` is null when the gateway does not even know it any more. */
  | { status: 'unusable'; reason: PaymentMethodReason; method: GatewayMethod | null };

/** A saved method as the gateway describes it. */
export interface GatewayMethod {
  providerToken: string;
  providerCustomer: string | null;
  type: PaymentMethodType;
  cardBrand: string | null;
  lastFour: string;
  expiryMonth: number | null;
  expiryYear: number | null;
  bankName: string | null;
  /** The same for the same card or account, however often it was saved; null where the gateway does not say. */
  fingerprint: string | null;
}
