import { createHash } from 'node:crypto';

/** What an idempotency key stands for: the operation, the caller, and the caller's own input in any order. */
export function fingerprintOf(operation: string, caller: string, input: object): string {
  const sorted = Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([operation, caller, sorted]))
    .digest('base64url');
}
