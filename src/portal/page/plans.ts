import { api, type Instalment, type PaymentMethod, type Plan } from './api.js';
import { addCardButton } from './add-card.js';
import { button } from './button.js';
import { announce, h, linkButton, notice } from './dom.js';
import { day, dayOf, methodName, money } from './format.js';
import { methodSelect } from './method-select.js';
import { go, leaveFor, places, reload, returnAddress } from './places.js';
import type { Screen } from './screen.js';

/** Instalment plans and what autopay is going to pay. */
export async function plansScreen(): Promise<Screen> {
  const { data } = await api.plans();
  const plans = data.filter((it) => it.status !== 'cancelled');
  return {
    title: 'Plans',
    section: 'plans',
    content: [
      h('h1', { tabindex: -1 }, 'Plans'),
      plans.length > 0
        ? h('ul', { class: 'cards' }, ...plans.map(entry))
        : h('p', { class: 'empty' }, 'No plan yet. Open an invoice to pay it in instalments.'),
    ],
  };
}

function entry(plan: Plan): HTMLElement {
  const paid = plan.instalments.filter((it) => it.status === 'paid').length;
  const isWaiting = plan.instalments.some((it) => it.status === 'action_needed');
  const kind = plan.origin === 'autopay' ? 'Autopay' : `${paid} of ${plan.instalments.length} paid`;
  return h(
    'li',
    { class: 'card invoice' },
    h(
      'div',
      { class: 'grow' },
      h('h3', {}, plan.description),
      h('p', { class: 'quiet' }, kind, ' ', isWaiting && h('span', { class: 'badge bad' }, 'Needs you')),
    ),
    h(
      'a',
      { class: 'button second', href: places.plan(plan.id) },
      'See plan',
      h('span', { class: 'visually-hidden' }, ` ${plan.description}`),
    ),
  );
}

/** One plan: what was paid, what comes, and what the payer must do. */
export async function planScreen(planId: string): Promise<Screen> {
  const [plan, { data: methods }] = await Promise.all([api.plan(planId), api.methods()]);
  const waiting = plan.instalments.find((it) => it.status === 'action_needed');
  const used = methods.find((it) => it.id === plan.paymentMethodId);
  return {
    title: plan.description,
    section: 'plans',
    content: [
      h('p', {}, h('a', { href: places.plans }, 'All plans')),
      h('h1', { tabindex: -1 }, plan.description),
      waiting ? actionNotice(waiting) : null,
      h('ol', { class: 'cards' }, ...plan.instalments.map(instalmentEntry)),
      plan.status === 'active' ? methodPart(plan, methods, used) : null,
      plan.status === 'active' &&
      plan.instalments.every((it) => it.paymentId === null) &&
      plan.origin === 'agreed'
        ? h('p', { class: 'actions' }, endButton(plan))
        : null,
    ],
  };
}

const WHY = {
  authentication_required: 'Your bank wants to see that it is you.',
  declined: 'The payment did not go through, and is not tried again by itself.',
  method_unusable: 'The payment method can no longer be charged. Choose another one below, or add one.',
  returned: 'Your bank has taken the money back.',
};

function actionNotice(instalment: Instalment): HTMLElement {
  const { statusReason, amountMinor, currency, paymentId } = instalment;
  return notice(
    'bad',
    `${money(amountMinor, currency)} is not paid`,
    h('p', {}, statusReason ? WHY[statusReason] : ''),
    statusReason === 'authentication_required' && paymentId !== null
      ? h(
          'p',
          { class: 'actions' },
          button('Continue to your bank', () => toBank(paymentId)),
        )
      : h('p', {}, 'Choose below what it is charged to: it is charged at once.'),
  );
}

async function toBank(paymentId: string): Promise<void> {
  const payment = await api.confirm(paymentId, returnAddress());
  if (payment.nextAction) return leaveFor(payment.nextAction.url);
  reload();
}

function instalmentEntry(instalment: Instalment): HTMLElement {
  const { amountMinor, currency } = instalment;
  return h(
    'li',
    { class: 'card invoice' },
    h('div', { class: 'grow' }, h('p', {}, whenText(instalment), ' ', badgeOf(instalment))),
    h('p', { class: 'amount' }, money(amountMinor, currency)),
  );
}

function whenText({ paidAt, status, dueOn, nextTryAt }: Instalment): string {
  if (paidAt) return `Paid on ${dayOf(paidAt)}`;
  const isRetry = status === 'scheduled' && nextTryAt !== null && nextTryAt.slice(0, dueOn.length) > dueOn;
  return isRetry ? `Due ${day(dueOn)}, tried again on ${dayOf(nextTryAt)}` : `Due ${day(dueOn)}`;
}

function badgeOf({ status }: Instalment): HTMLElement | null {
  if (status === 'paid') return h('span', { class: 'badge good' }, 'Paid');
  if (status === 'collecting') return h('span', { class: 'badge waiting' }, 'Being confirmed');
  if (status === 'action_needed') return h('span', { class: 'badge bad' }, 'Needs you');
  if (status === 'cancelled') return h('span', { class: 'badge' }, 'Cancelled');
  return null;
}

function methodPart(plan: Plan, methods: PaymentMethod[], used: PaymentMethod | undefined): HTMLElement {
  const select = methodSelect(methods, 'plan-method', plan.paymentMethodId);
  return h(
    'section',
    { class: 'stack', 'aria-labelledby': 'method-heading' },
    h('h2', { id: 'method-heading' }, 'Charged to'),
    h('p', {}, used ? methodName(used) : 'A payment method that is no longer there.'),
    select && h('label', { for: 'plan-method' }, 'Charge instead'),
    select,
    h(
      'p',
      { class: 'actions' },
      select && button('Use this one', () => useMethod(plan, select.value)),
      addCardButton(places.plan(plan.id), 'Add a card', 'button second'),
    ),
  );
}

async function useMethod(plan: Plan, methodId: string): Promise<void> {
  await api.usePlanMethod(plan.id, methodId);
  announce('The payment method was changed.');
  reload();
}

function endButton(plan: Plan): HTMLElement {
  return button(
    'End this plan',
    async () => {
      await api.endPlan(plan.id);
      go(places.invoice(plan.invoiceId));
    },
    { class: 'button quiet-button' },
  );
}

/** The way from an invoice that is on a plan. */
export function onPlanNotice(plan: Plan): HTMLElement {
  return notice(
    'note',
    'This invoice is paid in instalments',
    h('p', { class: 'actions' }, linkButton('See the plan', places.plan(plan.id))),
  );
}
