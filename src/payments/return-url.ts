import { PaymentsError } from './payments.contract.js';

/** Accepts an address that a payer may be sent back to, by its exact origin: anything else would be an open redirect. */
export function allowedReturnUrl(address: string, origins: readonly string[]): string {
  const isAllowed =
    URL.canParse(address) && origins.some((origin) => new URL(origin).origin === new URL(address).origin);
  if (!isAllowed)
    throw new PaymentsError(
      'validation_failed',
      'returnUrl must begin with one of the origins in RETURN_URL_ORIGINS.',
    );
  return address;
}
