import { api, type Schedule } from './api.js';
import { addCardButton } from './add-card.js';
import { button } from './button.js';
import { h, linkButton } from './dom.js';
import { failed } from './failed.js';
import { day, money } from './format.js';
import { methodSelect } from './method-select.js';
import { go, places } from './places.js';
import type { Screen } from './screen.js';

/** What is offered to choose from; the API knows the most that the school allows. */
const COUNTS = [2, 3, 4, 6, 8, 10, 12];
const COUNT_FIRST = 3;

/** The payer sees what a plan asks for and when, before they agree to exactly that. */
export async function newPlanScreen(invoiceId: string): Promise<Screen> {
  const [invoice, { data: methods }] = await Promise.all([api.invoice(invoiceId), api.methods()]);
  const method = methodSelect(methods, 'plan-method', null);
  const here = places.newPlan(invoiceId);
  const shown = h('div', {}, scheduleTable(await api.schedule(invoiceId, COUNT_FIRST)));
  const count = h(
    'select',
    { id: 'count' },
    ...COUNTS.map((it) => h('option', { value: it, selected: it === COUNT_FIRST }, String(it))),
  );
  count.addEventListener('change', () => {
    api
      .schedule(invoiceId, Number(count.value))
      .then((schedule) => shown.replaceChildren(scheduleTable(schedule)), failed);
  });
  const idempotencyKey = crypto.randomUUID(); // one agreement for each time that this is shown
  const agree = (paymentMethodId: string) =>
    api
      .agree(idempotencyKey, { invoiceId, paymentMethodId, instalments: Number(count.value) })
      .then((plan) => go(places.plan(plan.id)), failed);
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
        method ? button('Agree to this plan', () => agree(method.value)) : addCardButton(here),
        linkButton('Back', places.invoice(invoiceId), 'second'),
      ),
    ],
  };
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
