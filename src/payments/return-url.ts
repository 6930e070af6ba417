import { PaymentsError } from './payments.contract.js';

/** Dropped or read as a slash by browsers, but not by everybody who may read the address after us. */
const READ_DIFFERENTLY = /[\s\\]/;

/** Accepts an address that a payer may be sent back to, by its exact origin: anything else would be an open redirect. */
export function allowedReturnUrl(address: string, origins: readonly string[]): string {
  if (!isAllowed(address, origins))
    throw new PaymentsError(
      'validation_failed',
      'returnUrl must begin with one of the origins in RETURN_URL_ORIGINS.',
    );
  return address;
}

function isAllowed(address: string, origins: readonly string[]): boolean {
  if (!URL.canParse(address) || READ_DIFFERENTLY.test(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  const hasUser = username + password !== '';
  return !hasUser && origins.some((origin) => new URL(origin).origin === `${protocol}//${host}`);
}
