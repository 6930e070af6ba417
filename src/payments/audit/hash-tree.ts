import { hash } from 'node:crypto';

export const HASH_BYTES = 32;
/** An entry must never pass for a node of the tree, nor the reverse (RFC 6962, section 2.1). */
const LEAF = '\u0000';
const NODE = Buffer.from([1]);

export function leafHash(text: string): Buffer {
  return hash('sha256', LEAF + text, 'buffer');
}

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** The root of the hash tree of RFC 6962 over at least one leaf: one hash that stands for all of them, in their order. */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  let level = leaves;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at]!, level[at + 1]];
      above.push(right ? hash('sha256', Buffer.concat([NODE, left, right]), 'buffer') : left);
    }
    level = above;
  }
  return level[0]!;
}
