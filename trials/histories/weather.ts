import type { Random } from '../random.ts';
import type { GatewayCall } from '../world/gateway-proxy.ts';
import type { Delivery } from '../world/webhook-relay.ts';
import type { World } from '../world/world.ts';
import { type ArmedFault, draw } from './faults.ts';
import { Owners } from './owners.ts';

/** The faults that hang over each payer of a world. */
export class Weather {
  readonly #owners = new Owners();
  readonly #armed = new Map<string, ArmedFault[]>();
  /** Keys whose stored answer is a 500, for ever. */
  readonly #stored = new Map<string, ArmedFault>();
  readonly #world: World;
  /** How often each fault hit something. */
  readonly hits = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    const deliveries = world.relay;
    for (const { gateway } of world.instances)
      gateway.watcher = {
        faultOf: (call) => this.faultOf(call)?.call,
        answered: (call, answer) => this.#owners.learn(call, answer),
      };
    deliveries.fate = async (delivery, pass) => {
      const fault = this.faultOfEvent(delivery);
      return fault ? fault.event!(delivery, pass) : pass();
    };
  }

  arm(payerId: string, random: Random): void {
    this.#owners.know(payerId, payerId);
    const fault = draw(random, this.#world.gateway, () => this.#world.account.deliveriesDone());
    const armed = this.#armed.get(payerId) ?? [];
    this.#armed.set(payerId, [...armed, fault]);
  }

  /** What the gateway calls this payer, where its calls bear no name of ours. */
  async learnPayer(payerId: string): Promise<void> {
    const customers = await this.#world.rows(
      'SELECT provider_customer FROM payments.gateway_customer WHERE payer_id = $1',
      [payerId],
    );
    for (const { provider_customer: name } of customers) this.#owners.know(name, payerId);
  }

  private faultOf(call: GatewayCall): ArmedFault | undefined {
    const stored = call.idempotencyKey && this.#stored.get(call.idempotencyKey);
    if (stored) return { ...stored, call: { instead: (again) => storedAnswer(stored, again) } };
    const owner = this.#owners.ofCall(call);
    const fault = this.take(owner, (it) => it.call !== undefined && (it.on?.test(call.what) ?? true));
    if (fault?.name.startsWith('a stored 500') && call.idempotencyKey)
      this.#stored.set(call.idempotencyKey, fault);
    return fault;
  }

  private faultOfEvent({ event }: Delivery): ArmedFault | undefined {
    return this.take(this.#owners.ofObject(event.object), (it) => it.event !== undefined);
  }

  private take(owner: string | undefined, fits: (fault: ArmedFault) => boolean): ArmedFault | undefined {
    const armed = (owner && this.#armed.get(owner)) || [];
    const fault = armed.find((it) => it.left > 0 && fits(it));
    if (!fault) return undefined;
    fault.left -= 1;
    this.hits.set(fault.name, (this.hits.get(fault.name) ?? 0) + 1);
    return fault;
  }
}

async function storedAnswer(stored: ArmedFault, call: GatewayCall) {
  const { instead, then } = stored.call!;
  return (await instead?.(call)) ?? (await then!({ status: 200, headers: {}, body: '' }, call));
}
