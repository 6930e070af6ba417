import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What this program proves by that it is itself, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Reads the two files; the certificate may be followed by those that vouch for it. */
export function readCertificate(certFile: string, keyFile: string): Certificate {
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

/** What is said of a file that holds none. */
export const NO_CERTIFICATE = (file: string) =>
  `names no file that can be read and holds a certificate: ${file}`;

export function holdsCertificate(file: string): boolean {
  try {
    return new X509Certificate(readFileSync(file)).serialNumber !== '';
  } catch {
    return false;
  }
}

/** What keeps the two files from being used, as the variable's name to what is wrong. */
export function wrongCertificate(certFile: string, keyFile: string): Record<string, string> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(certFile));
  } catch {
    return { TLS_CERT_FILE: NO_CERTIFICATE(certFile) };
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) return {};
    return { TLS_KEY_FILE: 'holds the key of another certificate' };
  } catch {
    return { TLS_KEY_FILE: `names no file that can be read and holds a private key: ${keyFile}` };
  }
}
