import { PaymentsError, type PaymentsErrorCode } from '../payments/payments.contract.js';
import { loggableLine } from '../platform/card-data/redaction.js';
import { reportRefusal } from '../platform/program.js';

/** Where the words of payments, which are for callers of the contract, do not say what an operator can do. */
const WHAT_TO_DO: Partial<Record<PaymentsErrorCode, string>> = {
  not_found:
    'Give an id as `attention`, `webhooks list`, `endpoints list` or the page of operators shows it.',
};

/** What payments refuse is no bug: one line with the code and what to do, and no stack. */
export function reportRefusedCommand(error: unknown): void {
  if (!(error instanceof PaymentsError)) return reportRefusal(error);
  const { code, message } = error;
  console.error(loggableLine([`${code}: ${message}`, WHAT_TO_DO[code]].filter(Boolean).join(' ')));
}
