import { setTimeout as sleep } from 'node:timers/promises';
import { orderFor, type Payer, RETURN_URL } from '../world/given.ts';
import { type Answer, newKey, Person } from '../world/person.ts';
import type { Estate } from './estate.ts';

/** Whoever is refused asks again after this; whoever finds an instance closed asks the next one at once. */
const ASK_AGAIN_MS = 1_000;
const NEXT_INSTANCE_MS = 50;
const PATIENCE_MS = 90_000;
const PAYERS = 6;

interface Made {
  id: string;
  at: number;
}

/** Payments at a steady rate, as a load balancer hands them to whichever instance is open: orders, and invoices of payers. */
export class Customers {
  readonly made: Made[] = [];
  /** Invoices that were paid, as their payers were told. */
  readonly paid: string[] = [];
  readonly refusals = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #stopping = new AbortController();
  readonly #open = new Set<Promise<void>>();
  readonly #estate: Estate;
  readonly #finance: Person;
  readonly #payers: Payer[];
  #asked = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(estate: Estate, finance: Person, payers: Payer[]) {
    this.#estate = estate;
    this.#finance = finance;
    this.#payers = payers;
  }

  static async arrive(estate: Estate): Promise<Customers> {
    const { url } = estate.applications[0]!;
    const payers: Payer[] = [];
    while (payers.length < PAYERS) payers.push(await payerWithCard(estate, url));
    return new Customers(estate, await Person.signIn(url, 'finance'), payers);
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

  /** The longest time between two payments that were made, from then until now. */
  longestGapSeconds(since: number): number {
    const made = this.made.map(({ at }) => at).filter((at) => at > since);
    const times = [since, ...made, Date.now()].sort((a, b) => a - b);
    return Math.max(0, ...times.slice(1).map((at, index) => at - times[index]!)) / 1_000;
  }

  private async run(perSecond: number): Promise<void> {
    const begun = Date.now();
    for (let count = 0; !this.#stopping.signal.aborted; count++) {
      const due = begun + (count * 1_000) / perSecond;
      if (due > Date.now()) await sleep(due - Date.now());
      const paying = (count % 2 === 0 ? this.order(count) : this.invoice(count)).finally(() =>
        this.#open.delete(paying),
      );
      this.#open.add(paying);
    }
  }

  private async order(count: number): Promise<void> {
    const order = orderFor(this.payer(count));
    const key = newKey();
    const answer = await this.ask(this.#finance, (person) => person.post('/v1/payments', order, key));
    if (answer) this.made.push({ id: answer.body.id, at: Date.now() });
  }

  private async invoice(count: number): Promise<void> {
    const { person, card } = this.payer(count);
    const keys = [newKey(), newKey()];
    const input = {
      ...{ payerId: person.payerId, kind: 'fee', description: 'A trial', amountMinor: 2_500 },
      ...{ currency: 'USD', dueOn: '2027-09-01' },
    };
    const invoice = await this.ask(this.#finance, (it) => it.post('/v1/invoices', input, keys[0]));
    if (!invoice) return;
    const path = `/v1/invoices/${invoice.body.id}/payments`;
    const answer = await this.ask(person, (it) => it.post(path, { paymentMethodId: card.id }, keys[1]));
    if (!answer) return;
    this.made.push({ id: answer.body.id, at: Date.now() });
    this.paid.push(invoice.body.id);
  }

  private payer(count: number): Payer {
    return this.#payers[count % this.#payers.length]!;
  }

  /** Until there is a good answer, under the same key; nothing but an outage may be in its way. */
  private async ask(person: Person, request: (at: Person) => Promise<Answer>): Promise<Answer | null> {
    const { applications } = this.#estate;
    for (const end = Date.now() + PATIENCE_MS; ;) {
      const { url } = applications[this.#asked++ % applications.length]!;
      const answer = await request(person.at(url));
      const { status, body } = answer;
      if (status === 200 || status === 201) return answer;
      const code = status === 0 ? 'no answer' : String(body?.code ?? status);
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      if ((status !== 503 && status !== 0) || Date.now() > end) {
        this.failures.push(`a request was answered ${status} ${code}`);
        return null;
      }
      await sleep(status === 0 ? NEXT_INSTANCE_MS : ASK_AGAIN_MS);
    }
  }
}

async function payerWithCard({ account }: Estate, url: string): Promise<Payer> {
  const person = await Person.signIn(url, 'payer');
  const begin = { type: 'card', flow: 'redirect', returnUrl: RETURN_URL };
  const { body: setup } = await person.post('/v1/setup-intents', begin);
  await account.completeSetup(setup.redirectUrl, 'pm_card_visa');
  const { body: card } = await person.post(`/v1/setup-intents/${setup.id}/completions`);
  return { person, card };
}
