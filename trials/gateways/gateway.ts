import { createHash } from 'node:crypto';
import type { GatewayAccount, Json } from '../world/gateway-account.ts';

export const GATEWAY_NAMES = ['stripe', 'adyen', 'braintree'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

/** The calls of a gateway's API by what they do, as `POST /v1/refunds`; a star stands for one name. */
export interface Calls {
  /** Makes the object of a charge before money is asked for. */
  prepare?: string;
  confirm: string;
  /** Says how a charge stands. */
  read?: string;
  /** The payer is back from their bank. */
  returned?: string;
  /** Ends an object that was declined. */
  end?: string;
  capture: string;
  cancel: string;
  refund: string;
  customer?: string;
  startSetup: string;
  readSetup: string;
  completeSetup: string;
  detach: string;
}

/** News as it was sent. */
export interface News {
  id: string;
  type: string;
  object: Json;
}

/**
 * What the trials know of a gateway: how its calls are spelled and its news are signed, and by what name its objects are known
 * here. What it did with money is read from the sandbox's ledger, which is the same for all.
 */
export interface TrialGateway {
  name: GatewayName;
  flow: 'redirect' | 'embedded';
  calls: Calls;
  /** The payer can be sent to their bank. */
  sendsToBank: boolean;
  /** It tells when a method was saved. */
  tellsOfSetups: boolean;
  /** News that was lost can be asked for. */
  listsEvents: boolean;
  /** It gives the first answer to a key for ever, also where that was an error. */
  keepsErrors: boolean;
  /** What may be wrong in the answer to a charge: a name, and what is changed. */
  lies: Record<string, (answer: string) => string>;
  /** Calls that create or move something, and whose key must be durable here. */
  keyed: RegExp;

  newSecret(): string;
  /** Where the gateway is told to be found. */
  base: string;
  settings(account: GatewayAccount, secret: string): Record<string, string>;
  /** How the sandbox is told where to send news. */
  endpoint(account: GatewayAccount, secret: string): object;
  newsIn(body: string): News;
  /** The news is of the payment that is known here by this name. */
  isAbout(object: Json, payment: string): boolean;
  /** The signature of bytes that are sent again, where it bears a time. */
  signedAgain?(body: string, secret: string): Record<string, string>;

  /** The ledger's payment as it is known here: by this name, for that payment. Null where it is none that counts. */
  payment(intent: Json, all: readonly Json[]): Json | null;
  /** The ledger's payer who is known here by this name; null where it has none. */
  customer(account: GatewayAccount, name: string): Promise<string | null>;
  /** What is known here of a refund. */
  refund(refund: Json): Json;
  /** The id of a dispute at the gateway. */
  disputeName(dispute: Json): string;
  /** Money can be given back only once a charge has settled: does at once what takes a night. */
  settle?(account: GatewayAccount, intent: Json): Promise<void>;
}

/** As the proxy compares a call. */
export function callOf(call: string): RegExp {
  const escaped = call.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]+');
  return new RegExp(`^${escaped}$`);
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The name that the sandbox gives its object in another gateway's words, which follows from the object's id. */
export function derived(prefix: string, id: string, length: number): string {
  const digest = createHash('sha256').update(`${prefix}\n${id}`).digest();
  return Array.from({ length }, (_, index) => LETTERS[digest[index % digest.length]! % LETTERS.length]).join(
    '',
  );
}

/** Our reference of a payment begins with its id and the attempt's, with points between them. */
export function asOurs(intent: Json, reference: string): Json {
  const [payment_id, attempt_id] = reference.split('.');
  return { ...intent, name: reference, metadata: { ...intent.metadata, payment_id, attempt_id } };
}

/** A declined payment can take no money any more where each try is a payment of its own. */
export function endedIfDeclined(intent: Json): Json {
  return intent.status === 'requires_payment_method' ? { ...intent, status: 'canceled' } : intent;
}
