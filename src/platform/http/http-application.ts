import { randomUUID } from 'node:crypto';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Logger } from 'nestjs-pino';
import { refuseCardDataAround } from '../card-data/card-data-guard.js';
import { logRequests } from '../logging/request-log.js';
import { countRequests } from '../metrics/http-metrics.js';
import type { PlatformConfig } from '../platform.config.js';
import { Problem } from '../problem/problem.js';
import { limitAddresses } from '../rate-limits/limited-requests.js';
import { demandClientCertificates, refusePlainRequests, renewCertificate, tlsOf } from './encryption.js';
import { publishOpenApi } from './openapi.js';
import { isProbe } from './probe.js';
import { JSON_BYTES_MAX, limitBodies, parseBody, takesRawBody } from './raw-body.js';
import { rememberOrigins } from './request-origin.js';
import { setSecurityHeaders } from './security-headers.js';
import { answerUnreadableAddress } from './unreadable-address.js';
import { requestValidation } from './validation.js';

/** A request that takes longer to arrive is cut off: nobody with a browser or a server needs more. */
const REQUEST_RECEIVE_TIMEOUT_MS = 30_000;
/** Headers are written at once; whoever sends them drop by drop only wants to hold the connection. */
const HEADERS_RECEIVE_TIMEOUT_MS = 10_000;
/** How often connections are looked over for those two; Node's own default would add half a minute to each. */
const CONNECTION_CHECK_MS = 5_000;
/** A bearer token with many roles has some 4 KB; Node's own default, so that it is no surprise when Node changes it. */
const HEADERS_BYTES_MAX = 16 * 1024;
/** As long as browsers remember such an answer at most. */
const CORS_ANSWER_SECONDS = 2 * 60 * 60;
/** Longer than the idle time of common load balancers (60 s), so that they close first and no request is lost. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Builds the HTTP application that the programs and the tests share; does not listen yet. */
export async function createHttpApplication(
  module: DynamicModule,
  config: PlatformConfig,
): Promise<NestFastifyApplication> {
  const tls = tlsOf(config);
  const server = {
    headersTimeout: HEADERS_RECEIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CONNECTION_CHECK_MS,
    maxHeaderSize: HEADERS_BYTES_MAX,
  };
  const adapter = new FastifyAdapter({
    ...(tls ? { https: { ...server, ...tls } } : { http: server }),
    trustProxy: config.TRUSTED_PROXIES.length > 0 && config.TRUSTED_PROXIES,
    bodyLimit: JSON_BYTES_MAX, // a route may take more: `limitBodies`,
    requestTimeout: REQUEST_RECEIVE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerUnreadableAddress,
    return503OnClosing: false, // with nothing that our callers could read; `refuseWhileStopping` says what is the matter
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bufferLogs: true,
    autoFlushLogs: false, // a refused start is told once, in the program's own words
    abortOnError: false,
    bodyParser: false, // Nest's would also take forms
  });
  app.useLogger(app.get(Logger));
  app.flushLogs();
  app.useGlobalPipes(requestValidation());
  await setSecurityHeaders(app);
  refuseWhileStopping(app);
  renewCertificate(app, config);
  refusePlainRequests(app, config);
  demandClientCertificates(app, config);
  letOtherOriginsCall(app, config);
  limitAddresses(app);
  limitBodies(app);
  takeJsonOnly(app);
  refuseCardData(app);
  rememberOrigins(app);
  answerProbesOnly(app, config);
  letGoOfIdleConnections(app);
  logRequests(app);
  countRequests(app);
  publishOpenApi(app);
  return app;
}

/** Pages of the named origins, exactly; by a bearer token only, as no cookie is ever looked at. Nobody else's browser sends more than a question. */
function letOtherOriginsCall(app: NestFastifyApplication, { CORS_ORIGINS }: PlatformConfig): void {
  if (CORS_ORIGINS.length === 0) return;
  app.enableCors({
    origin: CORS_ORIGINS,
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key'],
    exposedHeaders: [
      'idempotency-replayed',
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'www-authenticate',
    ],
    credentials: false,
    maxAge: CORS_ANSWER_SECONDS,
  });
}

/** Anything else is answered with 415: a second way to write a request would be a second set of rules. A gateway may sign a form. */
function takeJsonOnly(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  const take = (
    contentType: string,
    assertTaken: (request: FastifyRequest) => void = () => undefined,
  ): void =>
    fastify.addContentTypeParser<Buffer>(contentType, { parseAs: 'buffer' }, (request, body, done) => {
      try {
        assertTaken(request);
        done(null, parseBody(request, body));
      } catch (error) {
        done(error as Error);
      }
    });
  take('application/json');
  take('application/x-www-form-urlencoded', (request) => {
    if (!takesRawBody(request))
      throw new Problem('unsupported_media_type', 'Send the body as application/json.');
  });
}

/** Before anything of the request is stored or logged; the body is looked through when it is parsed. */
function refuseCardData(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    try {
      refuseEncodedBody(request.headers['content-encoding']);
      if (!takesRawBody(request)) refuseCardDataAround(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

/** What is packed is not unpacked here: it could hold anything, and be of any size. */
function refuseEncodedBody(encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity')
    throw new Problem(
      'unsupported_media_type',
      'Send the body as application/json, without Content-Encoding.',
    );
}

/** `WORKERS=only`: the process works in the background, and serves nobody but those who watch it. */
function answerProbesOnly(app: NestFastifyApplication, { WORKERS }: PlatformConfig): void {
  if (WORKERS !== 'only') return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(isProbe(request) ? undefined : new Problem('not_found', 'This process does background work only.'));
  });
}

/** Another instance answers, or this one is started again. */
const STOPPING_RETRY_SECONDS = 1;

/** A request that was on its way when the program was asked to stop: what is under way ends, and nothing begins any more. */
function refuseWhileStopping(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let isStopping = false;
  fastify.addHook('preClose', (done) => {
    isStopping = true;
    done();
  });
  fastify.addHook('onRequest', (_request, _reply, done) => {
    const detail = 'This instance is being stopped, and nothing was done. Send the same request again.';
    done(isStopping ? new Problem('not_ready', detail, undefined, STOPPING_RETRY_SECONDS) : undefined);
  });
}

/** How often a closing server looks for connections whose last request has been answered. */
const IDLE_CHECK_MS = 50;

/**
 * Node lets go of the connections that are idle when the server begins to close, but not of those that become idle
 * afterwards: without this, one keep-alive client would hold up the end by KEEP_ALIVE_TIMEOUT_MS.
 */
function letGoOfIdleConnections(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('preClose', (done) => {
    const timer = setInterval(() => fastify.server.closeIdleConnections(), IDLE_CHECK_MS);
    fastify.server.once('close', () => clearInterval(timer));
    done();
  });
}
