import type { Attention } from '../payments.contract.js';
import { reachedStep } from './card-expiry.js';
import type { ViewedMethod } from './payment-method.entity.js';

/** What the payer must be asked to do now, and where; `page` is the address of the payer's page. */
export function attentionOf(method: ViewedMethod, now: Date, page: string): Attention | null {
  const replace = { action: 'replace', actionUrl: `${page}#/wallet/${method.id}/replace` } as const;
  switch (method.status) {
    case 'removed':
      return null;
    case 'pending_verification':
      return {
        code: 'requires_verification',
        message: 'Tell us which small deposits arrived on this account, so that it can be used.',
        action: 'verify',
        actionUrl: `${page}#/wallet/${method.id}/verify`,
      };
    case 'requires_replacement':
      return {
        code: 'requires_replacement',
        message: 'This payment method can no longer be charged. Add it again, or another one.',
        ...replace,
      };
    case 'active':
      return askedAgain(method, replace) ?? expiry(method, now, replace);
  }
}

type Replace = Pick<Attention, 'action' | 'actionUrl'>;

function askedAgain(method: ViewedMethod, replace: Replace): Attention | null {
  if (!method.askedAgainAt) return null;
  return { code: 'requires_replacement', message: 'Please add this payment method again.', ...replace };
}

/** Only a hint: many banks renew a card by themselves, and a charge may well succeed. */
function expiry(method: ViewedMethod, now: Date, replace: Replace): Attention | null {
  const step = reachedStep(method, now);
  if (step === null) return null;
  return step === 0
    ? { code: 'expired', message: 'This card has expired. Add the new one.', ...replace }
    : {
        code: 'expiring',
        message: 'This card expires soon. Add the new one once you have it.',
        ...replace,
      };
}
