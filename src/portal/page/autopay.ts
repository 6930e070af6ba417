import { api, type Autopay, type PaymentMethod } from './api.js';
import { button } from './button.js';
import { announce, h } from './dom.js';
import { methodName } from './format.js';
import { methodSelect } from './method-select.js';
import { reload } from './places.js';

/** Whether invoices are paid by themselves on the day that they are due, and with what. */
export function autopayPart(autopay: Autopay, methods: PaymentMethod[]): HTMLElement | null {
  const used = methods.find((it) => it.id === autopay.paymentMethodId);
  const select = methodSelect(methods, 'autopay-method', autopay.paymentMethodId);
  if (!select && !autopay.paymentMethodId) return null;
  return h(
    'section',
    { class: 'stack', 'aria-labelledby': 'autopay-heading' },
    h('h2', { id: 'autopay-heading' }, 'Autopay'),
    h(
      'p',
      {},
      autopay.paymentMethodId
        ? `Invoices are paid on the day they are due${used ? `, with ${methodName(used)}` : ''}.`
        : 'Have invoices paid on the day they are due. One that is overdue is paid at once.',
    ),
    select && h('label', { for: 'autopay-method' }, 'Pay with'),
    select,
    h(
      'p',
      { class: 'actions' },
      select &&
        button(autopay.paymentMethodId ? 'Change autopay' : 'Switch autopay on', () =>
          change(() => api.useAutopay(select.value), 'Autopay is on.'),
        ),
      autopay.paymentMethodId !== null &&
        button('Switch autopay off', () => change(() => api.endAutopay(), 'Autopay is off.'), {
          class: 'button second',
        }),
    ),
  );
}

async function change(work: () => Promise<unknown>, said: string): Promise<void> {
  await work();
  announce(said);
  reload();
}
