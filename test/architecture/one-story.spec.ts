import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Body } from '../support/api.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** Everybody may call these; whoever adds one adds it here, and says why. */
const PUBLIC = [
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /dev/clock', // the clock of the business, in development only
  'PUT /dev/clock',
  'POST /dev/tokens', // gives tokens, in development only
  'GET /v1/webhooks/{gateway}', // a gateway asks whether the address is ours
  'POST /v1/webhooks/{gateway}', // the gateway's signature
];
/** Pages and figures, which are no part of the API. */
const OUTSIDE = /^GET \/($|audit$|operations$|metrics|docs|portal|openapi|dev\/inbox)/;

interface Route {
  name: string;
  policy: unknown;
}

let tokenkeep: Tokenkeep;
let routes: Route[];
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
  routes = routesOf(tokenkeep);
});
afterAll(() => tokenkeep.stop());

describe('every route', () => {
  it('is found by this test', () => {
    expect(routes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['GET /v1/payment-methods/{id}', 'POST /v1/invoices/{id}/payments', ...PUBLIC]),
    );
  });

  it('says who may call it, and only the known ones are for everybody', () => {
    const open = routes.filter(({ policy }) => policy === 'public').map(({ name }) => name);
    const silent = routes.filter(({ policy }) => policy !== 'public' && !isListOfRoles(policy));

    expect(silent).toEqual([]);
    expect(open.filter((name) => !OUTSIDE.test(name)).sort()).toEqual(
      PUBLIC.filter((name) => !OUTSIDE.test(name)).sort(),
    );
  });

  it('that is not for everybody answers nobody without a token', async () => {
    for (const { name } of routes.filter(({ policy }) => policy !== 'public')) {
      const [method = '', path = ''] = name.split(' ');
      const address = path.replaceAll(/\{\w+\}/g, '00000000-0000-7000-8000-000000000000');

      const answer = await fetch(tokenkeep.url + address, { method });

      expect([name, answer.status]).toEqual([name, 401]);
    }
  });

  it('is in the OpenAPI document, and nothing else is', async () => {
    const { paths }: Body = await (await fetch(`${tokenkeep.url}/openapi.json`)).json();
    const documented = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(documented.sort()).toEqual(
      routes
        .map(({ name }) => name)
        .filter((name) => !OUTSIDE.test(name))
        .sort(),
    );
  });
});

/** From the controllers that are really there, whatever module brought them. */
function routesOf({ app }: Tokenkeep): Route[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()].map((it) => it.metatype));
  return controllers.flatMap((controller) => {
    if (typeof controller !== 'function') return [];
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype).flatMap((property) => {
      const handler = prototype[property];
      const isRoute = typeof handler === 'function' && Reflect.hasMetadata('method', handler);
      if (!isRoute) return [];
      const method = RequestMethod[Reflect.getMetadata('method', handler) as number];
      const path = [controller, handler].map((it) => String(Reflect.getMetadata('path', it))).join('/');
      return [{ name: `${method} ${addressOf(path)}`, policy: policyOf(handler) ?? policyOf(controller) }];
    });
  });
}

function policyOf(target: object): unknown {
  return Reflect.getMetadata('tokenkeep:policy', target);
}

/** `v1/invoices//:id/` as the OpenAPI document writes it: `/v1/invoices/{id}`. */
function addressOf(path: string): string {
  const words = path.split('/').filter(Boolean);
  return `/${words.join('/')}`.replaceAll(/:(\w+)/g, '{$1}');
}

function isListOfRoles(policy: unknown): boolean {
  return Array.isArray(policy) && policy.length > 0;
}
