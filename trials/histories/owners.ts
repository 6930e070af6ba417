import type { GatewayAnswer, GatewayCall } from '../world/gateway-proxy.ts';

/** As ids look: `cus_Ab1...`, or letters and digits, maybe with hyphens; a time has those, too. */
const PREFIXED = /^(?:[a-z]+_)+(?=.*[A-Z0-9])[A-Za-z0-9]{14,}$/;
const PLAIN = /^(?!\d{4}-\d\d-)(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9-]{8,}$/;

/** Learns which payer each of the gateway's objects belongs to, so that a fault hits the history it is meant for. */
export class Owners {
  /** Null for what was seen with two of them, such as the fingerprint of a card that two have. */
  readonly #of = new Map<string, string | null>();

  /** Whose call this is: by the payer's id, by the customer, or by an object that was seen before. */
  ofCall({ path, body }: GatewayCall): string | undefined {
    return this.ofText(`${path} ${valuesIn(body)}`);
  }

  ofObject(object: Record<string, unknown>): string | undefined {
    return this.ofText(JSON.stringify(object));
  }

  learn(call: GatewayCall, { status, body }: GatewayAnswer): void {
    const owner = status < 400 && this.ofCall(call);
    if (owner) for (const id of [...idsIn(valuesIn(call.body)), ...idsIn(body)]) this.know(id, owner);
  }

  know(id: string, owner: string): void {
    const known = this.#of.get(id);
    this.#of.set(id, known === undefined || known === owner ? owner : null);
  }

  private ofText(text: string): string | undefined {
    for (const id of idsIn(text)) {
      const owner = this.#of.get(id);
      if (owner) return owner;
    }
    return undefined;
  }
}

function idsIn(text: string): string[] {
  return (text.match(/[\w-]{8,}/g) ?? []).filter((word) => PREFIXED.test(word) || PLAIN.test(word));
}

/** Of a form, whose names are written with signs and digits. */
function valuesIn(body: string): string {
  return body.startsWith('{') ? body : [...new URLSearchParams(body).values()].join(' ');
}
