import { setTimeout as sleep } from 'node:timers/promises';
import { orderFor, type Payer, RETURN_URL } from '../world/given.ts';
import { newKey, Person } from '../world/person.ts';
import type { Homes } from './homes.ts';

/** A refused request is asked again after this, as its Retry-After says. */
const ASK_AGAIN_MS = 2_000;
const PATIENCE_MS = 120_000;
/** Of many payers, so that they do not wait for each other's rows. */
const PAYERS = 5;

/** Payments that somebody was told of. */
export interface Made {
  id: string;
  at: number;
}

/** Payments at a steady rate, whatever becomes of the earlier ones, at every process in turn. */
export class Traffic {
  readonly made: Made[] = [];
  readonly refusals = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #stopping = new AbortController();
  readonly #open = new Set<Promise<void>>();
  readonly #homes: Homes;
  readonly #finance: Person;
  readonly #payers: Payer[];
  #running: Promise<void> = Promise.resolve();

  private constructor(homes: Homes, finance: Person, payers: Payer[]) {
    this.#homes = homes;
    this.#finance = finance;
    this.#payers = payers;
  }

  static async prepare(homes: Homes): Promise<Traffic> {
    const { url } = homes.applications[0]!;
    const payers: Payer[] = [];
    while (payers.length < PAYERS) payers.push(await payerWithCard(homes, url));
    return new Traffic(homes, await Person.signIn(url, 'finance'), payers);
  }

  /** One payment, made now. */
  async one(): Promise<string> {
    const before = this.made.length;
    await this.pay(0);
    const made = this.made[before];
    if (!made) throw new Error(`A payment: ${this.failures.join('; ')}`);
    return made.id;
  }

  begin(perSecond: number): void {
    this.#running = this.run(perSecond);
  }

  /** Resolves once every payment that was begun has its answer. */
  async end(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#open);
  }

  /** The longest time between two payments that were made, from then on: what a pause is for those who pay. */
  longestGapSeconds(since: number): number {
    const times = this.made.map(({ at }) => at).filter((at) => at >= since);
    const sorted = [since, ...times.sort((a, b) => a - b)];
    return Math.max(0, ...sorted.slice(1).map((at, index) => at - sorted[index]!)) / 1_000;
  }

  private async run(perSecond: number): Promise<void> {
    const begun = Date.now();
    for (let count = 0; !this.#stopping.signal.aborted; count++) {
      const due = begun + (count * 1_000) / perSecond;
      if (due > Date.now()) await sleep(due - Date.now());
      const payment = this.pay(count).finally(() => this.#open.delete(payment));
      this.#open.add(payment);
    }
  }

  private async pay(count: number): Promise<void> {
    const { applications } = this.#homes;
    const finance = this.#finance.at(applications[count % applications.length]!.url);
    const order = orderFor(this.#payers[count % this.#payers.length]!);
    const key = newKey();
    for (const end = Date.now() + PATIENCE_MS; ; await sleep(ASK_AGAIN_MS)) {
      const { status, body } = await finance.post('/v1/payments', order, key);
      if (status === 200 || status === 201) return void this.made.push({ id: body.id, at: Date.now() });
      const code = String(body?.code ?? status);
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      const mayEndWell = status === 503 || status === 0;
      if (!mayEndWell || Date.now() > end) {
        this.failures.push(`a payment was answered ${status} ${code}`);
        return;
      }
    }
  }
}

async function payerWithCard({ account }: Homes, url: string): Promise<Payer> {
  const person = await Person.signIn(url, 'payer');
  const { body: setup } = await person.post('/v1/setup-intents', {
    type: 'card',
    flow: 'redirect',
    returnUrl: RETURN_URL,
  });
  await account.completeSetup(setup.redirectUrl, 'pm_card_visa');
  const { body: card } = await person.post(`/v1/setup-intents/${setup.id}/completions`);
  return { person, card };
}
