import type { KeyObject } from 'node:crypto';
import { newEd25519Key, privateKeyOf, publicText } from '../../src/platform/configuration/ed25519-keys.js';

/** What the application signs with, and what payments know it by. */
export function linkKeyPair(name: string): { signing: string; known: string } {
  const signing = newEd25519Key(name);
  return { signing, known: publicText(privateKeyOf(signing)) };
}

export function linkKeyOf(text: string): KeyObject {
  return privateKeyOf(text.trim()).key;
}
