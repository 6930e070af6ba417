import { api, type Schedule } from './api.js';
import { addCardButton } from './add-card.js';
import { button } from './button.js';
import { announce, h, linkButton } from './dom.js';
import { failed } from './failed.js';
import { day, money } from './format.js';
import { methodSelect } from './method-select.js';
import { go, places } from './places.js';
import type { Screen } from './screen.js';
import { settings } from './settings.js';

/** What is offered to choose from, besides the most that the school allows. */
const COUNTS = [2, 3, 4, 6, 8, 10, 12];
const COUNT_FIRST = 3;

/** The payer sees what a plan asks for and when, before they agree to exactly that. */
export async function newPlanScreen(invoiceId: string): Promise<Screen> {
  const countFirst = Math.min(COUNT_FIRST, settings().instalmentsMax);
  const [invoice, { data: methods }, scheduleFirst] = await Promise.all([
    api.invoice(invoiceId),
    api.methods(),
    api.schedule(invoiceId, countFirst),
  ]);
  const method = methodSelect(methods, 'plan-method', null);
  const here = places.newPlan(invoiceId);
  const count = countSelect(countFirst);
  const shown = h('div', {}, scheduleTable(scheduleFirst));
  let schedule = scheduleFirst; // the one that is shown
  let asked = 0;

  const idempotencyKey = crypto.randomUUID(); // one agreement for each time that this is shown
  const agree = async (paymentMethodId: string): Promise<void> => {
    count.disabled = true; // what is being agreed to stays in sight
    try {
      const instalments = schedule.data.length;
      const plan = await api.agree(idempotencyKey, { invoiceId, paymentMethodId, instalments });
      go(places.plan(plan.id));
    } finally {
      count.disabled = false;
    }
  };
  const agreeButton = method && button('Agree to this plan', () => agree(method.value));

  async function change(): Promise<void> {
    const own = ++asked; // the answer to an earlier choice is not shown
    const isStale = (): boolean => own !== asked || !shown.isConnected;
    agreeButton?.setAttribute('aria-disabled', 'true'); // nobody agrees to what they have not seen
    try {
      const chosen = await api.schedule(invoiceId, Number(count.value));
      if (isStale()) return;
      schedule = chosen;
      shown.replaceChildren(scheduleTable(schedule));
      announce(inWords(schedule));
    } catch (error) {
      if (isStale()) return;
      count.value = String(schedule.data.length);
      await failed(error);
    }
    agreeButton?.removeAttribute('aria-disabled');
  }
  count.addEventListener('change', () => void change());

  return {
    title: 'Pay in instalments',
    section: 'invoices',
    content: [
      h('h1', { tabindex: -1 }, 'Pay in instalments'),
      h('p', {}, `${invoice.description}, ${money(invoice.amountMinor, invoice.currency)}`),
      h('label', { for: 'count' }, 'Instalments'),
      count,
      shown,
      method && h('label', { for: 'plan-method' }, 'Charge them to'),
      method,
      h(
        'p',
        { class: 'quiet' },
        'Each instalment is charged by itself on its day. You can change the payment method at any time.',
      ),
      h(
        'p',
        { class: 'actions' },
        agreeButton ?? addCardButton(here),
        linkButton('Back', places.invoice(invoiceId), 'second'),
      ),
    ],
  };
}

function countSelect(chosen: number): HTMLSelectElement {
  const { instalmentsMax } = settings();
  const counts = [...COUNTS.filter((it) => it < instalmentsMax), instalmentsMax];
  return h(
    'select',
    { id: 'count' },
    ...counts.map((it) => h('option', { value: it, selected: it === chosen }, String(it))),
  );
}

function scheduleTable({ currency, data }: Schedule): HTMLElement {
  return h(
    'ol',
    { class: 'cards', 'aria-label': 'What is charged when' },
    ...data.map((it) =>
      h(
        'li',
        { class: 'card invoice' },
        h('span', { class: 'grow' }, day(it.dueOn)),
        h('span', { class: 'amount' }, money(it.amountMinor, currency)),
      ),
    ),
  );
}

/** Short enough to be listened to: the largest part is the first. */
function inWords({ currency, data }: Schedule): string {
  const each = ({ amountMinor, dueOn }: Schedule['data'][number]) =>
    `${money(amountMinor, currency)} on ${day(dueOn)}`;
  return `${data.length} instalments: the first of ${each(data[0]!)}, the last of ${each(data.at(-1)!)}.`;
}
