import type { PaymentMethodType } from '../payments.contract.js';

export interface MandateText {
  /** Stored with the payer's consent. A changed text gets a new version; the old ones stay in the source's history. */
  version: string;
  text: string;
}

/** What the payer agrees to when a method is saved. Show it beside the button that saves. */
export const MANDATE_TEXTS: Record<PaymentMethodType, MandateText> = {
  card: {
    version: 'card-2026-11',
    text: 'You allow us to charge this card for what you owe when you ask us to pay with it, and on the dates of a plan or automatic payment that you set up. You can remove the card at any time.',
  },
  us_bank_account: {
    version: 'us-bank-account-2026-11',
    text: 'You authorise us to debit this bank account by ACH for what you owe when you ask us to pay with it, and on the dates of a plan or automatic payment that you set up. The authorisation holds until you remove the account or tell us otherwise, three business days before a debit at the latest.',
  },
};
