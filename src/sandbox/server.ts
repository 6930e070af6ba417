import formbody from '@fastify/formbody';
import Fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import qs from 'qs';
import { ADYEN } from './adyen/dialect.js';
import { executing as adyenExecuting } from './adyen/route.js';
import { adyenRoutes } from './adyen/routes.js';
import { registerSessionPayments } from './adyen/session-payments.js';
import { routes } from './api/routes.js';
import { registerClientApi } from './braintree/client-api.js';
import { BRAINTREE } from './braintree/dialect.js';
import { executing as braintreeExecuting } from './braintree/route.js';
import { braintreeRoutes } from './braintree/routes.js';
import { registerControls } from './control/register.js';
import { registerBreaking } from './faults/breaking.js';
import { registerBrowserFiles } from './pages/browser-files.js';
import { registerPages } from './pages/pages.js';
import type { Sandbox } from './sandbox.js';
import { parseMultipart } from './wire/multipart.js';
import { answering } from './wire/answering.js';
import type { Dialect } from './wire/dialect.js';
import { executing, type Turn } from './wire/executing.js';
import { STRIPE } from './wire/stripe-dialect.js';

/** Stripe's SDK writes `expand[0]=...` and `metadata[key]=...`, nested at will. */
const parseForm = (text: string): Record<string, unknown> =>
  qs.parse(text, { arrayLimit: 100, depth: 10, parameterLimit: 1_000 });

/** Where an endpoint of any gateway is. */
interface Served {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
}

/** https://docs.stripe.com/file-upload: evidence may be up to 5 MB. */
const BODY_BYTES_MAX = 6 * 1_048_576;

export async function buildServer(sandbox: Sandbox): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    routerOptions: { querystringParser: parseForm, maxParamLength: 300 },
  });
  server.removeContentTypeParser('application/json');
  await server.register(formbody, { parser: parseForm });
  server.addContentTypeParser(/^multipart\/form-data/, { parseAs: 'buffer' }, (request, body, done) => {
    done(null, parseMultipart(body as Buffer, request.headers['content-type'] ?? ''));
  });
  // Braintree's library says of every request that it has JSON, also of one that has no body.
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(String(body)));
    } catch {
      done(Object.assign(new Error('The body is no JSON.'), { statusCode: 400 }));
    }
  });
  const origin = (): string => {
    const { port } = server.server.address() as AddressInfo;
    return process.env.SANDBOX_PUBLIC_URL ?? `http://127.0.0.1:${port}`;
  };
  registerBreaking(server, sandbox, [STRIPE, ADYEN, BRAINTREE]);
  const serve = ({ method, path: url }: Served, dialect: Dialect, execute: Turn['execute']): void => {
    server.route({ method, url, handler: answering(sandbox, { dialect, execute }, origin) });
  };
  for (const route of routes) serve(route, STRIPE, executing(route));
  for (const route of adyenRoutes) serve(route, ADYEN, adyenExecuting(route));
  for (const route of braintreeRoutes) serve(route, BRAINTREE, braintreeExecuting(route));
  registerClientApi(server, sandbox);
  registerSessionPayments(server, sandbox, origin);
  registerControls(server, sandbox, origin);
  registerPages(server, sandbox, origin);
  registerBrowserFiles(server);

  sandbox.startOutage = (forMs) => {
    const { port } = server.server.address() as AddressInfo;
    server.server.close();
    server.server.closeAllConnections();
    setTimeout(() => server.server.listen(port, '127.0.0.1'), forMs);
  };

  server.setNotFoundHandler((request, reply) => {
    const message = `Unrecognized request URL (${request.method}: ${request.url.split('?')[0]}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
    return reply.status(404).send({ error: { type: 'invalid_request_error', message } });
  });
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) sandbox.options.log({ error: error.stack ?? String(error), url: request.url });
    const type = status === 500 ? 'api_error' : 'invalid_request_error';
    const message = status === 500 ? 'The sandbox failed: this is a fault of its own.' : error.message;
    return reply.status(status).send({ error: { type, message } });
  });
  return server;
}
