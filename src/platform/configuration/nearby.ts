/** This machine, or a neighbour in a network of containers, whose name has no dot. */
const NEARBY = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|host\.docker\.internal|[a-z0-9-]+)$/;

/** Whether the address is on this machine or beside it, where only what its operator started can answer. */
export function isNearby(address: string): boolean {
  return URL.canParse(address) && NEARBY.test(new URL(address).hostname);
}

/** Whether the address is of exactly this origin. */
export function isAt(origin: string, address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === origin;
}
