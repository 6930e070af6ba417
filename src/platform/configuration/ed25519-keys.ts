import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** `name:key`, 32 bytes in base64: the name is told beside what the key signed, so that the right one is found. */
export const ED25519_KEY_PATTERN = /^[a-z0-9-]{1,32}:[A-Za-z0-9+/]{43}=$/;

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface NamedKey {
  name: string;
  key: KeyObject;
}

export function privateKeyOf(text: string): NamedKey {
  const { name, bytes } = parsed(text);
  const der = Buffer.concat([PRIVATE_PREFIX, bytes]);
  return { name, key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
}

export function publicKeyOf(text: string): NamedKey {
  const { name, bytes } = parsed(text);
  const der = Buffer.concat([PUBLIC_PREFIX, bytes]);
  return { name, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

/** As settings want public keys. */
export function publicText({ name, key }: NamedKey): string {
  const der = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return `${name}:${der.subarray(PUBLIC_PREFIX.length).toString('base64')}`;
}

/** A new private key, as settings want it. */
export function newEd25519Key(name: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  return `${name}:${der.subarray(PRIVATE_PREFIX.length).toString('base64')}`;
}

function parsed(text: string): { name: string; bytes: Buffer } {
  const [name = '', base64 = ''] = text.split(':');
  return { name, bytes: Buffer.from(base64, 'base64') };
}
