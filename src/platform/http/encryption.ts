import { readFileSync } from 'node:fs';
import type { Server, TLSSocket } from 'node:tls';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readCertificate } from '../configuration/certificate.js';
import { followFiles } from '../configuration/followed-files.js';
import type { PlatformConfig } from '../platform.config.js';
import { Problem } from '../problem/problem.js';
import { isProbe } from './probe.js';
import { takesRawBody } from './raw-body.js';

/** Older ones can be broken; every browser and client library of the last ten years speaks this one. */
const TLS_VERSION_MIN = 'TLSv1.2';
/** For TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has nothing else. */
const TLS_CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** What the server speaks TLS with, or undefined where a proxy in front does that. */
export function tlsOf(config: PlatformConfig) {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE } = config;
  if (!TLS_CERT_FILE || !TLS_KEY_FILE) return undefined;
  const own = { ...readCertificate(TLS_CERT_FILE, TLS_KEY_FILE), ...TLS_RULES };
  if (!TLS_CLIENT_CA_FILE) return own;
  // Asked for from everybody and demanded by route: gateways have none of ours.
  const ca = readFileSync(TLS_CLIENT_CA_FILE, 'utf8');
  return { ...own, ca, requestCert: true, rejectUnauthorized: false };
}

const TLS_RULES = { minVersion: TLS_VERSION_MIN, ciphers: TLS_CIPHERS, honorCipherOrder: true } as const;

/** A renewed certificate is served from the next connection on; those that are open go on as they are. */
export function renewCertificate(app: NestFastifyApplication, config: PlatformConfig): void {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE } = config;
  if (!TLS_CERT_FILE || !TLS_KEY_FILE) return;
  const fastify = app.getHttpAdapter().getInstance();
  const server = fastify.server as unknown as Server;
  const files = [TLS_CERT_FILE, TLS_KEY_FILE, ...(TLS_CLIENT_CA_FILE ? [TLS_CLIENT_CA_FILE] : [])];
  const stop = followFiles('certificate', files, ([cert, key, ca]) =>
    server.setSecureContext({ cert, key, ...TLS_RULES, ...(ca ? { ca } : {}) }),
  );
  fastify.addHook('onClose', (_, done) => {
    stop();
    done();
  });
}

/** Only callers whose certificate TLS_CLIENT_CA_FILE vouches for, but for gateways and probes: those prove themselves by a signature, or may. */
export function demandClientCertificates(app: NestFastifyApplication, config: PlatformConfig): void {
  if (!config.TLS_CLIENT_CA_FILE) return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isShown = (request.raw.socket as TLSSocket).authorized;
    if (isShown || isProbe(request) || takesRawBody(request)) return done();
    done(
      new Problem('client_certificate_required', 'Show a certificate that this server was told to trust.'),
    );
  });
}

/**
 * Behind a proxy that speaks TLS: whoever comes to this port another way, or to the proxy by plain HTTP, is refused, and never
 * sent on: a client that has sent its token in the clear must notice. Probes come from the machine itself.
 */
export function refusePlainRequests(app: NestFastifyApplication, config: PlatformConfig): void {
  if (config.TRUSTED_PROXIES.length === 0 || config.TLS_CERT_FILE) return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isProbe(request) || request.protocol === 'https') return done();
    done(new Problem('https_required', 'Call this address by https, through the proxy in front of it.'));
  });
}
