import type { LastError, PaymentMethod } from '../state/resources.js';
import type { Dispute } from '../state/resources-money.js';

export interface Refusal {
  refusalReason: string;
  refusalReasonCode: string;
  /** What the issuer itself said. */
  raw: string;
}

const reason = (refusalReasonCode: string, refusalReason: string, raw: string): Refusal => ({
  refusalReason,
  refusalReasonCode,
  raw,
});

/** https://docs.adyen.com/development-resources/refusal-reasons, by the decline that the sandbox's issuers know. */
const REFUSALS: Record<string, Refusal> = {
  generic_decline: reason('2', 'Refused', '05 : Do not honor'),
  lost_card: reason('5', 'Blocked Card', '41 : Lost card'),
  stolen_card: reason('5', 'Blocked Card', '43 : Stolen card'),
  expired_card: reason('6', 'Expired Card', '54 : Expired card'),
  incorrect_number: reason('8', 'Invalid Card Number', '14 : Invalid card number'),
  processing_error: reason('9', 'Issuer Unavailable', '91 : Issuer unavailable'),
  authentication_failed: reason('11', '3D Not Authenticated', 'AuthenticationFailed'),
  insufficient_funds: reason('12', 'Not enough balance', '51 : Insufficient funds'),
  fraudulent: reason('20', 'FRAUD', 'FRAUD'),
  incorrect_cvc: reason('24', 'CVC Declined', 'N7 : CVC mismatch'),
  card_velocity_exceeded: reason('28', 'Withdrawal amount exceeded', '61 : Exceeds amount limit'),
  authentication_required: reason('38', 'Authentication required', '1A : Authentication required'),
};

const BY_ERROR: Record<string, string> = {
  payment_intent_authentication_failure: 'authentication_failed',
  setup_intent_authentication_failure: 'authentication_failed',
};

export function refusalOf(error: LastError | null | undefined): Refusal {
  const name = error?.decline_code ?? BY_ERROR[error?.code ?? ''] ?? error?.code ?? '';
  return REFUSALS[name] ?? REFUSALS['generic_decline']!;
}

/** As Nacha numbers returns. https://docs.adyen.com/risk-management/chargeback-guidelines/ach-chargebacks */
const RETURN_CODES: Record<string, string> = {
  insufficient_funds: 'R01',
  incorrect_account_details: 'R03',
  debit_not_authorized: 'R10',
  bank_cannot_process: 'R17',
};

export function returnCodeOf({ reason }: Dispute, method: PaymentMethod | undefined): string {
  const blocked = method?.us_bank_account?.status_details?.['blocked'] as
    { network_code: string } | undefined;
  return blocked?.network_code ?? RETURN_CODES[reason] ?? '';
}
