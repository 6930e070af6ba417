import { setTimeout as sleep } from 'node:timers/promises';
import type { Application } from './application.ts';
import type { GatewayAccount } from './gateway-account.ts';
import { orderFor, type Payer, savedCard } from './given.ts';
import { type Answer, newKey, Person } from './person.ts';

/** Whoever is refused asks again after this; whoever finds an instance closed asks the next one at once. */
const ASK_AGAIN_MS = 1_000;
const NEXT_INSTANCE_MS = 50;
const PATIENCE_MS = 120_000;
/** Of several payers, so that they do not wait for each other's rows. */
const PAYERS = 6;

/** Where payments are made: as many instances as run at the time, and the account that all of them have at the gateway. */
interface Site {
  readonly applications: readonly Application[];
  readonly account: GatewayAccount;
}

/** A payment that somebody was told of. */
export interface Made {
  id: string;
  at: number;
}

/** Payments at a steady rate, whatever becomes of the earlier ones, handed to the instances in turn as by a load balancer. */
export class Traffic {
  readonly made: Made[] = [];
  /** Invoices that were paid, as their payers were told. */
  readonly paid: string[] = [];
  readonly refusals = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #stopping = new AbortController();
  readonly #open = new Set<Promise<void>>();
  readonly #site: Site;
  readonly #finance: Person;
  readonly #payers: Payer[];
  #asked = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(site: Site, finance: Person, payers: Payer[]) {
    this.#site = site;
    this.#finance = finance;
    this.#payers = payers;
  }

  static async prepare(site: Site): Promise<Traffic> {
    const { url } = site.applications[0]!;
    const payers: Payer[] = [];
    while (payers.length < PAYERS) {
      const person = await Person.signIn(url, 'payer');
      payers.push({ person, card: await savedCard(site, person) });
    }
    return new Traffic(site, await Person.signIn(url, 'finance'), payers);
  }

  /** One payment, made now. */
  async one(): Promise<string> {
    const before = this.made.length;
    await this.order(0);
    const made = this.made[before];
    if (!made) throw new Error(`A payment: ${this.failures.join('; ')}`);
    return made.id;
  }

  /** Orders alone, or every other time an invoice that its payer pays. */
  begin(perSecond: number, { invoices }: { invoices: boolean } = { invoices: false }): void {
    this.#running = this.run(perSecond, (count) =>
      invoices && count % 2 === 1 ? this.invoice(count) : this.order(count),
    );
  }

  /** Resolves once every payment that was begun has its answer. */
  async end(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#open);
  }

  /** The longest time between two payments that were made, from then until now: what a pause is for those who pay. */
  longestGapSeconds(since: number): number {
    const made = this.made.map(({ at }) => at).filter((at) => at > since);
    const times = [since, ...made, Date.now()].sort((a, b) => a - b);
    return Math.max(0, ...times.slice(1).map((at, index) => at - times[index]!)) / 1_000;
  }

  private async run(perSecond: number, pay: (count: number) => Promise<void>): Promise<void> {
    const begun = Date.now();
    for (let count = 0; !this.#stopping.signal.aborted; count++) {
      const due = begun + (count * 1_000) / perSecond;
      if (due > Date.now()) await sleep(due - Date.now());
      const paying = pay(count).finally(() => this.#open.delete(paying));
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
      payerId: person.payerId,
      kind: 'fee',
      description: 'A trial',
      amountMinor: 2_500,
      currency: 'USD',
      dueOn: '2027-09-01',
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
    for (const end = Date.now() + PATIENCE_MS; ;) {
      const { applications } = this.#site;
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
