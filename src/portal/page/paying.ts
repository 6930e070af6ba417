import { api, type Invoice, type Payment, type PaymentMethod, Problem, Unreachable } from './api.js';
import { addCardButton } from './add-card.js';
import { type Attempt, beginAttempt, forgetAttempt, noteOutcome, openAttempt } from './attempts.js';
import { button } from './button.js';
import { chosenMethod, forgetChosen } from './chosen.js';
import { focusOn, h, notice } from './dom.js';
import { failed, isSignedOut, textOf } from './failed.js';
import { money } from './format.js';
import { outcomeNotice } from './outcome.js';
import { go, leaveFor, places, reload, returnAddress } from './places.js';
import { pause } from './screen.js';
import { describe } from './describe.js';

/** Where one invoice is paid: the panel shows the form, or how its payment stands. */
export interface Desk {
  invoice: Invoice;
  methods: PaymentMethod[];
  panel: HTMLElement;
  /** Aborted when the payer leaves this place. */
  signal: AbortSignal;
}

/** Asked again after 1 s at first, then less often: most banks answer within seconds. */
const POLL_FIRST_MS = 1_000;
const POLL_SLOWEST_MS = 10_000;
const POLL_GROWTH = 1.4;
/** A bank debit takes days; who leaves the page open still sees it end. */
const POLL_BANK_DEBIT_MS = 60_000;

export function payForm(desk: Desk): HTMLElement {
  const { invoice, methods } = desk;
  const usable = methods.filter((it) => it.status === 'active');
  const here = places.invoice(invoice.id);
  if (usable.length === 0)
    return h(
      'section',
      { 'aria-labelledby': 'pay-heading' },
      h('h2', { id: 'pay-heading' }, 'Pay this invoice'),
      h('p', {}, 'Add a card first. It is saved, so that next time you only choose it.'),
      h('p', { class: 'actions' }, addCardButton(here)),
    );

  const preferred =
    usable.find((it) => it.id === chosenMethod()) ?? usable.find((it) => it.isDefault) ?? usable[0]!;
  const form = h(
    'form',
    { class: 'stack', 'aria-labelledby': 'pay-heading' },
    h('h2', { id: 'pay-heading' }, 'Pay this invoice'),
    h('fieldset', {}, h('legend', {}, 'Pay with'), ...usable.map((it) => choice(it, it.id === preferred.id))),
    h(
      'p',
      { class: 'actions' },
      h(
        'button',
        { type: 'submit', class: 'button pay' },
        `Pay ${money(invoice.amountMinor, invoice.currency)}`,
      ),
      addCardButton(here, 'Use another card', 'button second'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = new FormData(form).get('method');
    if (typeof chosen === 'string') void pay(desk, chosen);
  });
  return form;
}

function choice(method: PaymentMethod, isChosen: boolean): HTMLElement {
  return h(
    'label',
    { class: 'choice' },
    h('input', { type: 'radio', name: 'method', value: method.id, required: true, checked: isChosen }),
    describe(method),
  );
}

/** The payer pressed Pay. A second press while the first is open repeats the same attempt. */
async function pay(desk: Desk, methodId: string): Promise<void> {
  const { id } = desk.invoice;
  const attempt = openAttempt(id) ?? beginAttempt(id, methodId, returnAddress({ invoice: id }));
  await send(desk, attempt, 'Paying', 'at once');
}

/** An attempt whose answer this page never saw: it was reloaded, or the connection broke. */
export function resume(desk: Desk, attempt: Attempt): void {
  void send(desk, attempt, 'Finding out how your payment ended', 'as it stands');
}

async function send(
  desk: Desk,
  attempt: Attempt,
  heading: string,
  actions: 'at once' | 'as it stands',
): Promise<void> {
  show(
    desk,
    notice(
      'waiting',
      `${heading} …`,
      h('p', {}, 'This takes a few seconds. Pressing again cannot charge you twice.'),
    ),
  );
  try {
    showPayment(desk, await api.pay(desk.invoice.id, attempt), actions);
  } catch (error) {
    await showTrouble(desk, attempt, error);
  }
}

/** Shows how a payment stands; `at once` goes on to the bank without asking, because the payer has just pressed Pay. */
export function showPayment(desk: Desk, payment: Payment, actions: 'at once' | 'as it stands'): void {
  const { invoice, panel } = desk;
  const attempt = openAttempt(invoice.id);
  if (attempt) noteOutcome(invoice.id, attempt, payment);
  if (desk.signal.aborted) return;

  if (payment.obligationFreed) return reload(); // paid and taken back since: the invoice may be due again
  if (payment.status === 'succeeded') {
    forgetChosen();
    return go(places.receipt(payment.id), { replace: true });
  }
  const toBank = payment.status === 'requires_action' ? (payment.nextAction?.url ?? null) : null;
  if (toBank && actions === 'at once') {
    show(
      desk,
      notice('waiting', 'Going on to your bank …', h('p', {}, 'Your bank wants to see that it is you.')),
    );
    return leaveFor(toBank);
  }

  const isOver = payment.status === 'failed' || payment.status === 'cancelled';
  const outcome = outcomeNotice(payment, {
    here: places.invoice(invoice.id),
    hasOtherMethods: desk.methods.some((it) => it.status === 'active' && it.id !== payment.paymentMethodId),
    chooseAgain: () => focusOn(panel.querySelector('input:checked, .pay')),
    goToBank: () => goToBank(desk, payment),
    cancel: () => cancel(desk, payment),
  });
  show(desk, outcome, isOver ? payForm(desk) : null);
  if (!isOver && payment.status !== 'requires_capture') void watch(desk, payment);
}

/** To the bank's page; where there is none yet (the payer was not there before), the payment is confirmed anew. */
async function goToBank(desk: Desk, payment: Payment): Promise<void> {
  if (payment.nextAction) return leaveFor(payment.nextAction.url);
  const now = await api.confirm(payment.id, returnAddress({ invoice: desk.invoice.id }));
  showPayment(desk, now, 'at once');
}

async function cancel(desk: Desk, payment: Payment): Promise<void> {
  showPayment(desk, await api.cancel(payment.id), 'as it stands');
}

/** Asks again and again, gently, until the payment stands otherwise or the payer leaves. */
async function watch(desk: Desk, seen: Payment): Promise<void> {
  const isDebit = seen.statusDetail === 'bank_debit_pending';
  for (let wait = POLL_FIRST_MS; await pause(isDebit ? POLL_BANK_DEBIT_MS : wait, desk.signal);) {
    wait = Math.min(wait * POLL_GROWTH, POLL_SLOWEST_MS);
    if (document.hidden) continue;
    try {
      const now = await api.payment(seen.id);
      const hasChanged = now.status !== seen.status || now.statusDetail !== seen.statusDetail;
      if (hasChanged && !desk.signal.aborted) return showPayment(desk, now, 'as it stands');
    } catch (error) {
      if (isSignedOut(error)) return failed(error);
    }
  }
}

/** No payment came back. What is known decides whether the same attempt goes on or a new one may begin. */
async function showTrouble(desk: Desk, attempt: Attempt, error: unknown): Promise<void> {
  if (isSignedOut(error)) return failed(error); // the attempt waits until the payer has signed in again
  const again = (label: string) =>
    button(label, () => send(desk, attempt, 'Finding out how your payment ended', 'at once'));

  if (error instanceof Problem && error.retryAfterSeconds !== null) {
    const tryAgain = again('Try again');
    tryAgain.setAttribute('aria-disabled', 'true');
    void pause(error.retryAfterSeconds * 1_000, desk.signal).then(() =>
      tryAgain.removeAttribute('aria-disabled'),
    );
    return show(
      desk,
      notice(
        'bad',
        'Payments are busy right now',
        h('p', {}, textOf(error)),
        h('p', { class: 'actions' }, tryAgain),
      ),
    );
  }
  if (error instanceof Unreachable || (error instanceof Problem && error.status >= 500))
    return show(
      desk,
      notice(
        'bad',
        'We do not know yet whether you have paid',
        h('p', {}, `${textOf(error)} Checking again cannot charge you twice.`),
        h('p', { class: 'actions' }, again('Check again')),
      ),
    );

  forgetAttempt(desk.invoice.id); // it was refused: no payment was made
  const code = error instanceof Problem ? error.code : '';
  if (code === 'obligation_has_open_payment' || code === 'obligation_already_paid')
    return show(
      desk,
      notice(
        'note',
        code === 'obligation_already_paid'
          ? 'This invoice is paid already'
          : 'A payment is under way already',
        h('p', {}, textOf(error)),
        h('p', { class: 'actions' }, button('Show how it stands', reload)),
      ),
    );
  const mustReplace = code === 'payment_method_unusable';
  show(
    desk,
    notice(
      'bad',
      'The payment was not started',
      h('p', {}, textOf(error)),
      mustReplace &&
        h('p', { class: 'actions' }, addCardButton(places.invoice(desk.invoice.id), 'Add the card again')),
    ),
    payForm(desk),
  );
}

function show(desk: Desk, ...content: (HTMLElement | null)[]): void {
  desk.panel.replaceChildren(...content.filter((it) => it !== null));
  focusOn(desk.panel.querySelector('.notice h2'));
}
