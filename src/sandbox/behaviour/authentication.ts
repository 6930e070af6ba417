import type { TestCard } from './test-cards.js';

/** How the payer is present, which decides what the issuer asks for. */
export interface Presence {
  isOffSession: boolean;
  /** The method was saved for later with the payer's authentication. */
  isSetUpOffSession: boolean;
  /** `payment_method_options[card][request_three_d_secure]` */
  isRequested: boolean;
  isSetup: boolean;
}

/**
 * Whether the issuer of this test card wants its customer to authenticate.
 * https://docs.stripe.com/testing#regulatory-cards, https://docs.stripe.com/testing#three-ds-cards
 */
export function wantsAuthentication(testCard: TestCard, presence: Presence): boolean {
  switch (testCard.authentication) {
    case 'always':
      return true;
    case 'unless_set_up':
      return presence.isOffSession ? !presence.isSetUpOffSession : true;
    case 'unless_off_session':
      return !presence.isOffSession && !presence.isSetup;
    case 'on_request':
      return presence.isRequested;
    default:
      return false;
  }
}
