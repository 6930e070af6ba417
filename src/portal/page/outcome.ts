import type { FailureAction, Payment } from './api.js';
import { addCardButton } from './add-card.js';
import { button } from './button.js';
import { h, notice } from './dom.js';
import { dayOf } from './format.js';

/** What the payer can do from here. */
export interface Ways {
  /** This place, to come back to once a card is saved. */
  here: string;
  hasOtherMethods: boolean;
  chooseAgain: () => void;
  goToBank: () => Promise<void>;
  cancel: () => Promise<void>;
}

/** How a payment stands, and what the payer can do about it. One that succeeded has a receipt instead. */
export function outcomeNotice(payment: Payment, ways: Ways): HTMLElement {
  switch (payment.status) {
    case 'requires_action':
      return notice(
        'note',
        'Your bank wants to see that it is you',
        h('p', {}, 'The payment goes on once you have confirmed it with your bank.'),
        h(
          'p',
          { class: 'actions' },
          button('Continue to your bank', ways.goToBank),
          button('Cancel the payment', ways.cancel, { class: 'button second' }),
        ),
      );
    case 'requires_capture':
      return notice('good', 'The amount is reserved', h('p', {}, 'It is taken from your card later.'));
    case 'cancelled':
      return notice('note', 'The payment was cancelled', h('p', {}, 'Nothing was charged.'));
    case 'failed':
      return failure(payment, ways);
    default:
      return payment.statusDetail === 'bank_debit_pending' ? bankDebit(payment) : confirming();
  }
}

function confirming(): HTMLElement {
  return notice(
    'waiting',
    'Your payment is being confirmed',
    h('p', {}, 'Please do not pay again. You can wait here or leave: it goes on without you.'),
  );
}

function bankDebit({ expectedBy }: Payment): HTMLElement {
  const when = expectedBy ? ` We expect it by ${dayOf(expectedBy)}.` : '';
  return notice(
    'waiting',
    'Your bank is being asked for the money',
    h('p', {}, `A bank debit takes a few days.${when} Please do not pay again.`),
  );
}

function failure({ failure: reason }: Payment, ways: Ways): HTMLElement {
  return notice(
    'bad',
    'The payment did not go through',
    h('p', {}, reason?.message ?? 'Nothing was charged. Try again, or use another card.'),
    h('p', { class: 'actions' }, ...offers(reason?.action ?? 'use_another_method', ways)),
  );
}

/** The advised way first. */
function offers(action: FailureAction, { here, hasOtherMethods, chooseAgain }: Ways): HTMLElement[] {
  const chooseOther = button('Choose another card', chooseAgain, { class: 'button' });
  const addOther = addCardButton(here, 'Add another card', hasOtherMethods ? 'button second' : 'button');
  switch (action) {
    case 'retry_later':
      return [button('Try again', chooseAgain), addCardButton(here, 'Add another card', 'button second')];
    case 'correct_details':
    case 'replace_method':
      return [addCardButton(here, 'Add the card again')];
    case 'contact_bank':
    case 'use_another_method':
      return hasOtherMethods ? [chooseOther, addOther] : [addOther];
  }
}
