import { BlockList, isIP } from 'node:net';

/**
 * Where nobody on the internet is: this machine, private networks, link-local (the metadata service of clouds among them),
 * carriers' networks, documentation, multicast. https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const PRIVATE_IPV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/3'],
];
/** All that is given out on the internet; inside of it, what leads elsewhere: Teredo, documentation, 6to4. */
const PUBLIC_IPV6 = '2000::/3';
const PRIVATE_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const privateOnes = listOf([...PRIVATE_IPV4, ...PRIVATE_IPV6]);
const publicIpv6 = listOf([PUBLIC_IPV6]);

/** Whether an address may be connected to: a public one, or one of these ranges. */
export function isAllowedAddress(address: string, ranges: readonly string[]): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0) return false;
  if (listOf(ranges).check(address, family)) return true;
  if (family === 'ipv6' && !publicIpv6.check(address, family)) return false;
  return !privateOnes.check(address, family);
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}
