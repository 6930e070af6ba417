/** Where in the page the payer is: the part of the address after `#`. */
export const places = {
  invoices: '#/',
  invoice: (id: string) => `#/invoices/${encodeURIComponent(id)}`,
  receipt: (paymentId: string) => `#/receipts/${encodeURIComponent(paymentId)}`,
  wallet: '#/wallet',
  addCard: '#/wallet/add',
  addBankAccount: '#/wallet/add/bank-account',
  replace: (methodId: string) => `#/wallet/${encodeURIComponent(methodId)}/replace`,
  verify: (methodId: string) => `#/wallet/${encodeURIComponent(methodId)}/verify`,
  plans: '#/plans',
  plan: (id: string) => `#/plans/${encodeURIComponent(id)}`,
  newPlan: (invoiceId: string) => `#/invoices/${encodeURIComponent(invoiceId)}/plan`,
  setup: (id: string) => `#/setups/${encodeURIComponent(id)}`,
  cancelledSetup: (id: string) => `#/setups/${encodeURIComponent(id)}/cancelled`,
};

/** The words of the place: `#/invoices/17` is `['invoices', '17']`. */
export function currentPlace(): string[] {
  return location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((it) => it !== '')
    .map(decodeURIComponent);
}

export function go(place: string, { replace = false } = {}): void {
  if (location.hash === place || (place === places.invoices && location.hash === '')) return reload();
  if (replace) location.replace(place);
  else location.hash = place;
}

/** Shows the same place anew. */
export function reload(): void {
  dispatchEvent(new Event('hashchange'));
}

/** Our own address, for the gateway and the bank to send the payer back to. */
export function returnAddress(query: Record<string, string> = {}): string {
  const address = new URL('/', location.href);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address.href;
}

/** Leaves for the gateway's or the bank's page. Only the web: no `javascript:`, and in the open only to this machine. */
export function leaveFor(address: string): void {
  const { protocol, hostname } = new URL(address);
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal))
    throw new Error('The address to go on to is not a safe one. Nothing was sent there.');
  location.assign(address);
}

const THEN = 'tokenkeep.then';

/** Where to go on once a card is saved. */
export function rememberThen(place: string): void {
  sessionStorage.setItem(THEN, place);
}

export function thenPlace(): string | null {
  return sessionStorage.getItem(THEN);
}

export function forgetThen(): void {
  sessionStorage.removeItem(THEN);
}

const REPLACES = 'tokenkeep.replaces';

/** The saved method that the next one takes the place of, where the gateway's fields are shown in this page. */
export function rememberReplaces(methodId: string | undefined): void {
  if (methodId) sessionStorage.setItem(REPLACES, methodId);
  else sessionStorage.removeItem(REPLACES);
}

export function replaces(): string | undefined {
  return sessionStorage.getItem(REPLACES) ?? undefined;
}
