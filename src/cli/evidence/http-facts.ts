import { createHash } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { POLICY, type Policy } from '../../platform/authentication/policy.js';

export interface RouteFact {
  route: string;
  policy: Policy | null;
  /** What a request without a token was answered. */
  withoutToken: number;
}

export interface PageFact {
  address: string;
  status: number;
  headers: Record<string, string>;
  scripts: { address: string; sha256: string | null }[];
  /** Fields of our own that could take a card number: there must be none. */
  cardFields: string[];
}

/** The payers', the auditors' and the operators' page. */
const PAGES = ['/', '/audit', '/operations'];
const SHOWN_HEADERS = [
  ...['content-security-policy', 'strict-transport-security', 'x-content-type-options', 'x-frame-options'],
  ...['referrer-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'cache-control'],
];
const AN_ID = '0196f0a0-0000-7000-8000-000000000000';

/** Every route that is really there, asked once without a token. */
export async function routeFacts(app: NestFastifyApplication): Promise<RouteFact[]> {
  const facts: RouteFact[] = [];
  for (const { method, path, policy } of routesOf(app)) {
    const url = path.replaceAll(/:\w+/g, AN_ID);
    const { statusCode } = await app.inject({ method: method as 'GET', url });
    facts.push({ route: `${method} ${path}`, policy, withoutToken: statusCode });
  }
  return facts.sort((one, other) => one.route.localeCompare(other.route));
}

/** What a browser is given. The scripts of others are named, ours are hashed. */
export async function pageFacts(app: NestFastifyApplication): Promise<PageFact[]> {
  const facts: PageFact[] = [];
  for (const address of PAGES) {
    const { statusCode, headers, body } = await app.inject({ method: 'GET', url: address });
    const scripts: PageFact['scripts'] = [];
    for (const [, source = ''] of body.matchAll(/<script[^>]*\ssrc="([^"]+)"/g))
      scripts.push({ address: source, sha256: source.startsWith('/') ? await hashOf(app, source) : null });
    const inputs = [...body.matchAll(/<input[^>]*>/g)].map(([tag]) => tag);
    facts.push({
      address,
      status: statusCode,
      headers: Object.fromEntries(SHOWN_HEADERS.map((name) => [name, String(headers[name] ?? 'not sent')])),
      scripts,
      cardFields: inputs.filter((tag) => /cc-|card|cvc|cvv/i.test(tag)),
    });
  }
  return facts;
}

async function hashOf(app: NestFastifyApplication, url: string): Promise<string> {
  const { rawPayload } = await app.inject({ method: 'GET', url });
  return createHash('sha256').update(rawPayload).digest('hex');
}

function routesOf(app: NestFastifyApplication): { method: string; path: string; policy: Policy | null }[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()].map((it) => it.metatype));
  return controllers.flatMap((controller) => {
    if (typeof controller !== 'function') return [];
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype).flatMap((property) => {
      const handler = prototype[property];
      if (typeof handler !== 'function' || !Reflect.hasMetadata('method', handler)) return [];
      const method = RequestMethod[Reflect.getMetadata('method', handler) as number]!;
      const words = [controller, handler].flatMap((it) =>
        String(Reflect.getMetadata('path', it)).split('/').filter(Boolean),
      );
      const policy = [handler, controller].map((it) => Reflect.getMetadata(POLICY, it) as Policy | undefined);
      return [{ method, path: `/${words.join('/')}`, policy: policy[0] ?? policy[1] ?? null }];
    });
  });
}
