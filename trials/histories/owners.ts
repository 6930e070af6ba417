import type { Json } from '../world/gateway-account.ts';
import type { GatewayAnswer, GatewayCall } from '../world/gateway-proxy.ts';

/** Learns which payer each of the gateway's objects belongs to, so that a fault hits the history it is meant for. */
export class Owners {
  readonly #of = new Map<string, string>();

  /** Whose call this is: by the payer's id, by the customer, or by an object that was seen before. */
  ofCall({ path, body }: GatewayCall): string | undefined {
    const form = new URLSearchParams(body);
    const named = form.get('metadata[payer_id]');
    if (named) return named;
    const ids = [form.get('customer'), form.get('payment_intent'), ...path.split('/')];
    return ids.map((id) => id && this.#of.get(id)).find((owner) => owner) ?? undefined;
  }

  ofObject(object: Record<string, unknown>): string | undefined {
    const ids = [object['id'], object['customer'], object['payment_intent'], object['charge']];
    return ids.map((id) => typeof id === 'string' && this.#of.get(id)).find((owner) => owner) || undefined;
  }

  learn(call: GatewayCall, { status, body }: GatewayAnswer): void {
    if (status >= 400) return;
    const owner = this.ofCall(call);
    if (!owner) return;
    const object = JSON.parse(body) as Json;
    for (const id of [
      object.id,
      object.latest_charge,
      object.setup_intent?.id ?? object.setup_intent,
      object.customer,
    ])
      if (typeof id === 'string') this.#of.set(id, owner);
  }
}
