import type { FastifyInstance, FastifyReply } from 'fastify';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controllerPage, fieldsPage, hostedFieldPage } from './fields-page.js';

/** Compiled like everything else; a page includes them as plain scripts, which export nothing. */
function script(name: string): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'browser', name), 'utf8');
  return text.replace(/^export \{\};$/m, '').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

/** A frame runs the sandbox's own scripts, talks to the sandbox, and may be put into any page. */
const FRAME_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; base-uri 'none'";

/** https://docs.stripe.com/js/including: `/stripe.js` is what a page includes; the rest it asks for itself. */
export function registerBrowserFiles(server: FastifyInstance): void {
  const scripts = {
    '/stripe.js': 'stripe.js',
    '/js/fields.js': 'fields.js',
    '/js/answered.js': 'answered.js',
    '/braintree.js': 'braintree.js',
    '/js/hosted-field.js': 'hosted-field.js',
    '/adyen.js': 'adyen.js',
  };
  for (const [path, name] of Object.entries(scripts)) {
    const text = script(name);
    server.get(path, (_request, reply) => send(reply, 'text/javascript', text));
  }
  server.get('/adyen.css', (_request, reply) => send(reply, 'text/css', '')); // the frames have their own looks
  server.get('/js/fields', (_request, reply) => sendFrame(reply, fieldsPage()));
  server.get('/js/hosted-field', (request, reply) => {
    const html = hostedFieldPage(String((request.query as { name?: string }).name));
    return html ? sendFrame(reply, html) : reply.status(404).send();
  });
  server.get('/js/controller', (_request, reply) => sendFrame(reply, controllerPage()));
}

function sendFrame(reply: FastifyReply, html: string): FastifyReply {
  return send(reply.header('content-security-policy', FRAME_POLICY), 'text/html', html);
}

function send(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply
    .header('cache-control', 'no-cache')
    .header('x-content-type-options', 'nosniff')
    .type(`${type}; charset=utf-8`)
    .send(text);
}
