import { isIP } from 'node:net';
import { isAllowedAddress } from './allowed-addresses.js';

/**
 * What is wrong with an address that events are to go to; null: nothing that can be seen from here. Names are looked up, and
 * judged, at each connection.
 */
export function problemOfUrl(
  text: string,
  { mayBePlain, privateRanges }: { mayBePlain: boolean; privateRanges: readonly string[] },
): string | null {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return 'url must be an address such as https://erp.example.edu/payments.';
  if (url.protocol === 'http:' && !mayBePlain) return 'url must begin with https:// in production.';
  if (url.username || url.password)
    return 'url must hold no password: whoever gets an event knows us by its signature.';
  if (url.hash) return 'url must have no part behind a #: it would not be sent.';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !isAllowedAddress(host, privateRanges))
    return `${host} is a private address, and EVENT_ENDPOINTS_PRIVATE_RANGES does not name it.`;
  return null;
}
