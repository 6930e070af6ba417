import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import braintree, { type BraintreeSdk, type Environment } from 'braintree';
import type { BraintreeConfig } from '../braintree.config.js';
import type { GatewayConfig } from '../gateway.config.js';
import { isNoAnswer } from './braintree.errors.js';

/** Braintree's own SDK over connections of ours, pointed at Braintree or at a server of the same shape. */
export class BraintreeClient {
  readonly #connections: HttpAgent;
  readonly #environment: Environment;
  #sdk: BraintreeSdk | null = null;
  #keys = '';

  constructor(private readonly config: GatewayConfig) {
    const named = config.addressOf('braintree');
    const address = named ? new URL(named) : null;
    this.#environment = address ? at(address) : environmentOf(config.braintree);
    const isSecure = address?.protocol !== 'http:';
    this.#connections = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  /** A call that got no answer is sent again: safe, as every call that changes something carries a key or a name of ours. */
  async ask<T>(call: (sdk: BraintreeSdk) => Promise<T>): Promise<T> {
    for (let left = this.config.GATEWAY_RETRIES; ; left--) {
      try {
        return await call(this.sdk);
      } catch (error) {
        if (!isNoAnswer(error) || left <= 0) throw error;
      }
    }
  }

  /** Made anew when the keys were exchanged in their files: the SDK copies them. */
  get sdk(): BraintreeSdk {
    const { BRAINTREE_MERCHANT_ID, BRAINTREE_PUBLIC_KEY, BRAINTREE_PRIVATE_KEY } = this.config.braintree;
    const keys = `${BRAINTREE_PUBLIC_KEY}:${BRAINTREE_PRIVATE_KEY}`;
    if (this.#sdk && this.#keys === keys) return this.#sdk;
    const sdk = new braintree.BraintreeGateway({
      environment: this.#environment,
      merchantId: BRAINTREE_MERCHANT_ID,
      publicKey: BRAINTREE_PUBLIC_KEY,
      privateKey: BRAINTREE_PRIVATE_KEY,
      customHttpAgent: this.#connections,
    });
    sdk.config.timeout = this.config.GATEWAY_TIMEOUT_MS;
    this.#keys = keys;
    return (this.#sdk = sdk);
  }

  close(): void {
    this.#connections.destroy();
  }
}

/** Braintree's own hosts, and nobody else's. */
function environmentOf({ BRAINTREE_ENVIRONMENT }: BraintreeConfig): Environment {
  const { Production, Sandbox } = braintree.Environment;
  return BRAINTREE_ENVIRONMENT === 'production' ? Production : Sandbox;
}

function at({ hostname, port, protocol, origin }: URL): Environment {
  const isSecure = protocol === 'https:';
  const portUsed = port || (isSecure ? '443' : '80');
  return new braintree.Environment(hostname, portUsed, origin, isSecure, hostname, portUsed);
}
