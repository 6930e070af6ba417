import type { ErrorBody } from '../wire/errors.js';

/** Why an issuer says no. Codes: https://docs.stripe.com/declines/codes */
export interface Decline {
  code: string;
  decline_code?: string;
  message: string;
  advice_code?: 'confirm_card_data' | 'do_not_try_again' | 'try_again_later';
}

const declined = (decline_code: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  decline_code,
  message,
});

export const DECLINES = {
  generic_decline: { ...declined('generic_decline'), advice_code: 'try_again_later' },
  insufficient_funds: {
    ...declined('insufficient_funds', 'Your card has insufficient funds.'),
    advice_code: 'try_again_later',
  },
  lost_card: { ...declined('lost_card'), advice_code: 'do_not_try_again' },
  stolen_card: { ...declined('stolen_card'), advice_code: 'do_not_try_again' },
  fraudulent: { ...declined('fraudulent'), advice_code: 'do_not_try_again' },
  card_velocity_exceeded: declined(
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
  test_mode_live_card: declined(
    'test_mode_live_card',
    'Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
  ),
  expired_card: {
    code: 'expired_card',
    decline_code: 'expired_card',
    message: 'Your card has expired.',
    advice_code: 'do_not_try_again',
  },
  incorrect_cvc: {
    code: 'incorrect_cvc',
    decline_code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
  },
  incorrect_number: { code: 'incorrect_number', message: 'Your card number is incorrect.' },
  invalid_expiry_month: { code: 'invalid_expiry_month', message: "Your card's expiration month is invalid." },
  invalid_expiry_year: { code: 'invalid_expiry_year', message: "Your card's expiration year is invalid." },
  invalid_cvc: { code: 'invalid_cvc', message: "Your card's security code is invalid." },
  processing_error: {
    code: 'processing_error',
    decline_code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    advice_code: 'try_again_later',
  },
  authentication_required: {
    code: 'authentication_required',
    decline_code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
} satisfies Record<string, Decline>;

export type DeclineName = keyof typeof DECLINES;

export function declineNamed(name: DeclineName): Decline {
  return DECLINES[name];
}

/** The decline in the words of an error answer. */
export function asCardError(decline: Decline): ErrorBody {
  const { code, decline_code, message, advice_code } = decline;
  return {
    type: 'card_error',
    code,
    message,
    ...(decline_code && { decline_code }),
    ...(advice_code && { advice_code }),
    doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`,
  };
}
