import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { followFiles } from './followed-files.js';

/** Hands over the certificates of a file that vouch for somebody, now and whenever they are exchanged; what is none is left alone. */
export function followAuthorities(file: string, take: (ca: string) => void): () => void {
  take(readFileSync(file, 'utf8'));
  return followFiles('certificates that vouch for others', [file], ([ca]) => {
    new X509Certificate(ca!); // throws where it is none
    take(ca!);
  });
}
