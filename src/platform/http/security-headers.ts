import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** What an answer of the API may do in a browser: nothing. A page of ours says by itself what it needs. */
const API_CONTENT_POLICY = "default-src 'none';frame-ancestors 'none'";
/** The page that shows the API, whose library brings its own script and writes styles into the page. */
const DOCS_CONTENT_POLICY =
  "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;connect-src 'self';frame-ancestors 'none';base-uri 'none'";
/** Two years, as browsers' own lists of such sites ask for at least one. https://hstspreload.org */
const HTTPS_ONLY_SECONDS = 2 * 365 * 24 * 60 * 60;

/** For answers that helmet does not see: to machines, where it would cost more than the answer, and of the router. */
export const PLAIN_HEADERS = {
  'content-security-policy': API_CONTENT_POLICY,
  'strict-transport-security': `max-age=${HTTPS_ONLY_SECONDS}; includeSubDomains`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const OPTIONS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: { maxAge: HTTPS_ONLY_SECONDS, includeSubDomains: true },
  referrerPolicy: { policy: 'no-referrer' },
};

/** On every answer, errors too: nothing is framed, guessed, remembered by proxies, or told to the next site. */
export async function setSecurityHeaders(app: NestFastifyApplication): Promise<void> {
  await app.register(helmet, OPTIONS);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (!reply.hasHeader('content-security-policy')) void reply.headers(PLAIN_HEADERS);
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    if (/^\/docs(\/|$|\?)/.test(request.url))
      void reply.header('content-security-policy', DOCS_CONTENT_POLICY);
    done();
  });
}
