import { Random } from '../random.ts';
import type { Json } from '../world/gateway-account.ts';
import { RETURN_URL } from '../world/given.ts';
import { type Answer, newKey, type Person } from '../world/person.ts';
import type { World } from '../world/world.ts';

const CARDS = ['pm_card_visa', 'pm_card_mastercard', 'pm_card_amex', 'pm_card_chargeCustomerFail'] as const;
const DECLINES = ['lost_card', 'expired_card', 'incorrect_number', 'insufficient_funds', 'processing_error'];
/** No plan lives in these lives, so a life of this length shows every pair of moves. */
const MOVES = { least: 6, most: 14 };

/** Tries of a request, a tenth of a second apart: longer than the application takes to come back. */
const PATIENCE = 150;

/** One payer's saved methods over the years: what they, their bank, the card network and the gateway do, drawn from a seed. */
export class Life {
  readonly seed: number;
  readonly wrong: string[] = [];
  readonly #random: Random;
  readonly #world: World;
  /** Every method that there ever was: removed and dead ones are asked for too. */
  readonly #methods = new Set<string>();
  #payer!: Person;
  #finance!: Person;

  constructor(seed: number, world: World) {
    this.seed = seed;
    this.#random = new Random(seed);
    this.#world = world;
  }

  get payerId(): string {
    return this.#payer.payerId;
  }

  async live(finance: Person): Promise<void> {
    this.#finance = finance;
    this.#payer = await signedIn(this.#world, 'payer', `m-${this.seed}-${newKey().slice(0, 6)}`);
    for (let left = this.#random.between(MOVES.least, MOVES.most); left > 0; left--)
      if (this.#random.chance(0.25)) await Promise.all([this.move(), this.move()]);
      else await this.move();
  }

  private move(): Promise<unknown> {
    if (this.#methods.size === 0) return this.save();
    const [method, other] = [this.any(), this.any()];
    const moves: [number, () => Promise<unknown>][] = [
      [4, () => this.save()],
      [1, () => this.save({ replaces: method })],
      [5, () => this.charge(method)],
      [2, () => this.ask(() => this.#payer.delete(`/v1/payment-methods/${method}`))],
      [1, () => this.ask(() => this.#payer.delete(`/v1/payment-methods/${method}?replacedBy=${other}`))],
      [1, () => this.ask(() => this.#payer.put(`/v1/payment-methods/${method}/default`))],
      [2, () => this.atGateway('update', { exp_year: this.#random.between(2030, 2045) })],
      [1, () => this.atGateway('update', { last4: String(this.#random.between(1000, 9999)) })],
      [1, () => this.becomesAnother()],
      [1, () => this.atGateway('expire')],
      [2, () => this.atGateway('close', { decline: this.#random.pick(DECLINES) })],
      [1, () => this.atGateway('detach')],
      [1, () => this.#world.account.breaks({ does: 'drop_webhook', on: '*', times: 1 })],
    ];
    let left = this.#random.next() * moves.reduce((total, [weight]) => total + weight, 0);
    const chosen = moves.find(([weight]) => (left -= weight) < 0) ?? moves[0]!;
    return chosen[1]();
  }

  private any(): string {
    return this.#random.pick([...this.#methods]);
  }

  private async save(more: object = {}): Promise<void> {
    const card = this.#random.pick(CARDS);
    const comesBack = this.#random.chance(0.85);
    const input = { type: 'card', flow: 'redirect', returnUrl: RETURN_URL, ...more };
    const begun = await this.ask(() => this.#payer.post('/v1/setup-intents', input));
    if (begun.status !== 201) return;
    await this.#world.account.completeSetup(begun.body.redirectUrl, card).catch(() => undefined);
    if (!comesBack) return; // then only a webhook tells
    const done = await this.ask(() => this.#payer.post(`/v1/setup-intents/${begun.body.id}/completions`));
    if (done.status === 200 || done.status === 201) this.#methods.add(done.body.id);
  }

  private charge(paymentMethodId: string): Promise<Answer> {
    const key = newKey();
    const order = {
      payerId: this.payerId,
      paymentMethodId,
      amountMinor: this.#random.between(100, 5_000),
      currency: 'USD',
      obligation: `fee:${key}`,
    };
    return this.ask(() => this.#finance.post('/v1/payments', order, key));
  }

  /** Something happens to one of the payer's cards at the bank or the gateway. */
  private async atGateway(what: string, input: object = {}): Promise<void> {
    const attached = await this.attached();
    const method = attached.length > 0 ? this.#random.pick(attached) : undefined;
    if (method)
      await this.#world.account
        .call('POST', `/_sandbox/payment-methods/${method.id}/${what}`, input)
        .catch(() => undefined); // it went in the same moment
  }

  /** The network moves one card onto a number that the payer has saved as well. */
  private async becomesAnother(): Promise<void> {
    const [one, other] = this.#random.shuffled(await this.attached());
    if (!one || !other) return;
    const { fingerprint, last4 } = other.card;
    await this.#world.account
      .call('POST', `/_sandbox/payment-methods/${one.id}/update`, { fingerprint, last4 })
      .catch(() => undefined);
  }

  private async attached(): Promise<Json[]> {
    const [row] = await this.#world.rows(
      'SELECT provider_customer FROM payments.gateway_customer WHERE payer_id = $1',
      [this.payerId],
    );
    if (!row?.provider_customer) return [];
    const path = `/v1/customers/${row.provider_customer}/payment_methods?limit=100`;
    return (await this.#world.account.call('GET', path)).data;
  }

  private ask(request: () => Promise<Answer>): Promise<Answer> {
    return this.#payer.persist(async () => {
      const answer = await request();
      if (answer.status === 500) this.wrong.push(`was answered 500: ${JSON.stringify(answer.body)}`);
      return answer;
    }, PATIENCE);
  }
}

/** Also while the application is on its way back. */
export async function signedIn(world: World, role: string, subject?: string): Promise<Person> {
  for (let left = PATIENCE / 10; ; left--)
    try {
      return await world.person(role, subject);
    } catch (error) {
      if (left === 0) throw error;
    }
}
