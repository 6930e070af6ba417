import type { FastifyInstance, FastifyReply } from 'fastify';
import { existsSync, readFileSync } from 'node:fs';
import { controllerPage, fieldsPage } from './fields-page.js';

/** Scripts for browsers are not compiled: they are beside this program, or in the sources that it was built from. */
const FOLDERS = ['../browser/', '../../../src/sandbox/browser/'];

function script(name: string): string {
  const paths = FOLDERS.map((folder) => new URL(folder + name, import.meta.url));
  const path = paths.find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`The sandbox's script ${name} is missing: build the project again.`);
  return readFileSync(path, 'utf8');
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
  };
  for (const [path, name] of Object.entries(scripts)) {
    const text = script(name);
    server.get(path, (_request, reply) => send(reply, 'text/javascript', text));
  }
  server.get('/js/fields', (_request, reply) => sendFrame(reply, fieldsPage()));
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
