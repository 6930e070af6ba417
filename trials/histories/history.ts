import { Random } from '../random.ts';
import type { Json } from '../world/gateway-account.ts';
import { cardSetup, completed, invoiceFor, providerPaymentOf, RETURN_URL } from '../world/given.ts';
import { type Answer, newKey, type Person } from '../world/person.ts';
import type { World } from '../world/world.ts';
import type { Weather } from './weather.ts';

const CARDS = [
  ...['pm_card_visa', 'pm_card_visa', 'pm_card_visa', 'pm_card_mastercard', 'pm_card_chargeCustomerFail'],
  ...['pm_card_authenticationRequired', 'pm_card_authenticationRequiredSetupForOffSession'],
  ...[
    'pm_card_pendingRefund',
    'pm_card_refundFail',
    'pm_card_createDispute',
    'pm_card_threeDSecureRequiredChargeDeclined',
  ],
] as const;

/** A request that was made with a key, so that it can be made again. */
interface Made {
  person: Person;
  path: string;
  body: Json;
  key: string;
  /** The row that the first good answer named. */
  id?: string;
}

/** One payer's life at the school, under faults: what they and finance do is drawn from a seed. */
export class History {
  readonly seed: number;
  readonly wrong: string[] = [];
  /** The ids of requests that were answered 500: no fault that is known of may end so. */
  readonly surprises: string[] = [];
  readonly #random: Random;
  readonly #world: World;
  readonly #weather: Weather;
  readonly #made: Made[] = [];
  readonly #payments = new Set<string>();
  readonly #methods: string[] = [];
  #payer?: Person;
  #finance!: Person;

  constructor(seed: number, world: World, weather: Weather) {
    this.seed = seed;
    this.#random = new Random(seed);
    this.#world = world;
    this.#weather = weather;
  }

  /** False where not even its payer could sign in: nothing was tried then. */
  get hasBegun(): boolean {
    return this.#payer !== undefined;
  }

  get payerId(): string {
    return this.payer.payerId;
  }

  private get payer(): Person {
    if (!this.#payer) throw new Error('This history has not begun');
    return this.#payer;
  }

  async live(finance: Person): Promise<void> {
    const random = this.#random;
    this.#finance = finance;
    this.#payer = await this.#world.person('payer', `h-${this.seed}-${newKey().slice(0, 6)}`);
    const steps = random.between(5, 10);
    // At least three faults; more of them early, when there is more left to go wrong.
    const faultsAt = Array.from({ length: random.between(3, 5) }, () =>
      random.between(0, Math.ceil(steps / 2)),
    );
    for (let step = 0; step < steps; step++) {
      for (const at of faultsAt) if (at === step) this.#weather.arm(this.payerId, random);
      await (this.#methods.length === 0 ? this.save() : this.draw());
    }
  }

  private async draw(): Promise<void> {
    const random = this.#random;
    const payment = this.#payments.size > 0 ? await this.read(random.pick([...this.#payments])) : undefined;
    const moves: [number, () => Promise<unknown>][] = [
      [1, () => this.save()],
      [4, () => this.pay()],
      [3, () => this.order()],
      [3, () => this.repeat()],
      [1, () => this.repeatDifferently()],
      [0.5, () => this.remove()],
    ];
    if (payment) moves.push(...this.movesOn(payment));
    let left = random.next() * moves.reduce((total, [weight]) => total + weight, 0);
    const move = moves.find(([weight]) => (left -= weight) < 0) ?? moves[0]!;
    await move[1]();
  }

  /** What can be done with a payment that stands like this, and a little of what cannot. */
  private movesOn({ id, status, amountMinor, obligation }: Json): [number, () => Promise<unknown>][] {
    const path = `/v1/payments/${id}`;
    const part = this.#random.between(1, amountMinor);
    const finance = (verb: string, body: object) => this.send(this.#finance, `${path}/${verb}`, body);
    const [captures, refunds] = [finance.bind(null, 'captures'), finance.bind(null, 'refunds')];
    const payAgain = () => this.order({ obligation });
    switch (status) {
      case 'requires_action':
        return [
          [4, () => this.confirm(path)],
          [4, () => this.authenticate(id)],
          [1, () => finance('cancellations', {})],
        ];
      case 'requires_capture':
        return [
          [4, () => captures({})],
          [2, () => captures({ amountMinor: part })],
          [2, () => Promise.all([captures({}), finance('cancellations', {})])],
          [1, () => finance('cancellations', {})],
        ];
      case 'succeeded':
        return [
          [3, () => this.settle(id).then(() => refunds({ amountMinor: part }))],
          [1, () => refunds({})],
          [2, () => Promise.all([refunds({ amountMinor: part }), refunds({ amountMinor: part })])],
          [1, () => this.dispute(id)],
          [1, payAgain],
        ];
      default:
        return [[2, payAgain]];
    }
  }

  private async save(): Promise<void> {
    const payer = this.payer;
    const begun = await this.ask(() => payer.post('/v1/setup-intents', cardSetup(this.#world)));
    if (begun.status !== 201) return;
    await this.#weather.learnPayer(this.payerId);
    const card = this.#random.pick(CARDS);
    const brought = await this.#world.account.completeSetup(begun.body.redirectUrl, card);
    const done = await this.ask(() => completed(payer, begun.body.id, brought));
    if (done.status === 200 || done.status === 201) this.#methods.push(done.body.id);
  }

  private async pay(): Promise<void> {
    const invoice = await invoiceFor(this.#finance, this.payerId, this.#random.between(100, 50_000)).catch(
      () => null,
    );
    if (!invoice) return; // the database was away: the finance office tries tomorrow
    const paymentMethodId = this.#random.pick(this.#methods);
    const path = `/v1/invoices/${invoice.id}/payments`;
    const paying = () => this.send(this.payer, path, { paymentMethodId });
    if (this.#random.chance(0.15))
      await Promise.all([paying(), paying()]); // a second click, with a key of its own
    else await paying();
  }

  /** A night passes for this payment, where that takes one. */
  private async settle(paymentId: string): Promise<void> {
    await this.#world.account.settle(await providerPaymentOf(this.#world, paymentId));
  }

  private order(more: object = {}): Promise<Answer> {
    const order = {
      payerId: this.payerId,
      paymentMethodId: this.#random.pick(this.#methods),
      amountMinor: this.#random.between(100, 50_000),
      currency: 'USD',
      obligation: `course:${newKey()}`,
      ...(this.#random.chance(0.4) && { capture: 'manual' }),
      ...more,
    };
    return this.send(this.#finance, '/v1/payments', order);
  }

  private async repeat(): Promise<void> {
    if (this.#made.length === 0) return;
    const made = this.#random.pick(this.#made);
    const again = () => this.ask(() => made.person.post(made.path, made.body, made.key));
    const answers = this.#random.chance(0.3) ? await Promise.all([again(), again()]) : [await again()];
    for (const answer of answers) this.remember(made, answer);
  }

  private async repeatDifferently(): Promise<void> {
    const made = this.#made.find(({ id, path }) => id && path === '/v1/payments');
    if (!made) return;
    const other = { ...made.body, amountMinor: made.body.amountMinor + 1 };
    const { status, body } = await this.ask(() => made.person.post(made.path, other, made.key));
    if (status !== 422 && status !== 0 && status < 500)
      this.wrong.push(`another body under a used key was answered ${status} ${JSON.stringify(body)}`);
  }

  private async remove(): Promise<void> {
    const method = this.#random.pick(this.#methods);
    const { status } = await this.ask(() => this.payer.delete(`/v1/payment-methods/${method}`));
    if (status === 204) this.#methods.splice(this.#methods.indexOf(method), 1);
  }

  private confirm(path: string, back?: object): Promise<Answer> {
    return this.send(this.payer, `${path}/confirmations`, { returnUrl: RETURN_URL, ...back });
  }

  /** The payer answers on the bank's page, if the bank is waiting for them, and comes back. */
  private async authenticate(paymentId: string): Promise<void> {
    const payment = await providerPaymentOf(this.#world, paymentId);
    const outcome = this.#random.chance(0.75) ? 'succeed' : 'fail';
    const back = await this.#world.account.authenticate(payment, outcome).catch(() => undefined);
    if (back) await this.confirm(`/v1/payments/${paymentId}`, back);
  }

  /** The payer's bank takes it back; later it may decide. */
  private async dispute(paymentId: string): Promise<void> {
    const opened = await this.#world.account
      .dispute(await providerPaymentOf(this.#world, paymentId))
      .catch(() => null); // there is one already, or nothing is left
    if (!opened || this.#random.chance(0.5)) return;
    const status = this.#random.pick(['won', 'lost']);
    await this.#world.account
      .call('POST', `/_sandbox/disputes/${opened.id}/close`, { status })
      .catch(() => undefined);
  }

  /** A request under a key of its own, asked again with that key until there is an answer. */
  private async send(person: Person, path: string, body: object): Promise<Answer> {
    const made: Made = { person, path, body, key: newKey() };
    this.#made.push(made);
    const answer = await this.ask(() => person.post(path, body, made.key));
    this.remember(made, answer);
    return answer;
  }

  private async ask(request: () => Promise<Answer>): Promise<Answer> {
    const answer = await this.payer.persist(async () => {
      const given = await request();
      if (given.status === 500) this.surprises.push(given.body.requestId);
      return given;
    }, 2);
    return answer;
  }

  /** One key, one row: whatever is answered later names the same. */
  private remember(made: Made, { status, body }: Answer): void {
    if (status < 200 || status >= 300) return;
    if (made.id !== undefined && made.id !== body.id)
      this.wrong.push(`the key of ${made.path} made ${made.id} and then ${body.id}`);
    made.id = body.id;
    if (body.obligation) this.#payments.add(body.id);
  }

  private async read(paymentId: string): Promise<Json | undefined> {
    const { status, body } = await this.#finance.get(`/v1/payments/${paymentId}`);
    return status === 200 ? body : undefined;
  }
}
