import { createHash } from 'node:crypto';
import { holdsCardNumber } from './card-data.js';
import { withoutCardNumbers } from './redaction.js';

/** A document of somebody else, without the card numbers that were in it, and the digest of its bytes as they came. */
export interface Quarantined {
  body: Buffer;
  sha256: Buffer;
}

/** Fields of gateways' documents that hold a network's own number: 15 digits, which American Express has, too. */
const NETWORK_NUMBERS = /"(network_transaction_id|networkTransactionId|networkTxReference)"\s*:\s*"\d{15}"/g;

/** Null for a document without card numbers, which is nearly every one. */
export function quarantineOf(body: Buffer): Quarantined | null {
  const text = body.toString('utf8');
  if (!holdsCardNumber(text) || !holdsCardNumber(text.replace(NETWORK_NUMBERS, '""'))) return null;
  return {
    body: Buffer.from(withoutCardNumbers(text)),
    sha256: createHash('sha256').update(body).digest(),
  };
}
