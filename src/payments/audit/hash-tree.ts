import { hash } from 'node:crypto';

export const HASH_BYTES = 32;
/** An entry must never pass for a node of the tree, nor the reverse (RFC 6962, section 2.1). */
const LEAF = '\u0000';
const NODE = 1;

export function leafHash(text: string): Buffer {
  return hash('sha256', LEAF + text, 'buffer');
}

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/**
 * The root of the hash tree of RFC 6962 over at least one leaf, given one after another: one hash that stands for all of
 * them, in their order.
 */
export function rootOf(leaves: Buffer): Buffer {
  const level = Buffer.from(leaves); // each level is written over the one below it
  const node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE);
  let count = leaves.length / HASH_BYTES;
  while (count > 1) {
    const pairs = Math.floor(count / 2);
    for (let pair = 0; pair < pairs; pair++) {
      level.copy(node, 1, 2 * pair * HASH_BYTES, 2 * (pair + 1) * HASH_BYTES);
      hash('sha256', node, 'buffer').copy(level, pair * HASH_BYTES);
    }
    if (count % 2 === 1) level.copy(level, pairs * HASH_BYTES, (count - 1) * HASH_BYTES, count * HASH_BYTES);
    count = Math.ceil(count / 2);
  }
  return level.subarray(0, HASH_BYTES);
}
