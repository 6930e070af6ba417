import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Answer, Api } from '../support/api.js';
import { CARD_SETUP } from '../support/gateways.js';
import { invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const ROLES = ['payer', 'finance', 'auditor', 'ops', 'service'] as const;
type Role = (typeof ROLES)[number];
type Whose = 'own' | 'foreign' | 'unknown' | 'removed';
const UNKNOWN = '00000000-0000-7000-8000-000000000000';

interface Route {
  method: string;
  path: string;
  roles: readonly Role[];
}

let tokenkeep: Tokenkeep;
let routes: Route[];
let callers: Record<Role, Api>;
/** An id of each kind that routes name, of the payer who calls and of another one, and one that is gone. */
let things: Record<string, Record<Whose, string>>;

beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
  routes = routesOf(tokenkeep);
  const all = await Promise.all(ROLES.map(async (role) => [role, await tokenkeep.as(role)] as const));
  callers = Object.fromEntries(all) as Record<Role, Api>;
  const other = await tokenkeep.as('payer');
  const [mine, theirs] = [await thingsOf(callers.payer), await thingsOf(other)];
  const gone = (await savedCard(tokenkeep, callers.payer, 'pm_card_mastercard')).id as string;
  await callers.payer.delete(`/v1/payment-methods/${gone}`);
  things = Object.fromEntries(
    Object.keys(mine).map((kind) => [
      kind,
      {
        own: mine[kind]!,
        foreign: theirs[kind]!,
        unknown: UNKNOWN,
        removed: kind === 'payment-methods' ? gone : randomUUID(),
      },
    ]),
  );
});
afterAll(() => tokenkeep.stop());

describe('every route times every role', () => {
  it('is shut to the roles that it does not name, whatever the address names', async () => {
    let tried = 0;
    for (const route of routes)
      for (const role of ROLES.filter((it) => !route.roles.includes(it)))
        for (const whose of whoseOf(route)) {
          const answer = await call(route, callers[role], whose);

          expect([nameOf(route), role, whose, answer.status, answer.body.code]).toEqual([
            ...[nameOf(route), role, whose, 403, 'forbidden'],
          ]);
          tried++;
        }
    expect(tried).toBeGreaterThan(200);
  });

  it('answers what belongs to another payer, what nobody has and what is gone with the same words', async () => {
    let tried = 0;
    for (const route of routes.filter(({ path, roles }) => path.includes('/:') && roles.includes('payer'))) {
      const unknown = await call(route, callers.payer, 'unknown');
      for (const whose of ['foreign', 'removed'] as const) {
        const isOwnPast = whose === 'removed' && kindOf(route) === 'payment-methods';
        if (isOwnPast) continue; // what became of it may be read, and removing it again is fine
        const answer = await call(route, callers.payer, whose);

        expect([nameOf(route), whose, answer.status, wordsOf(answer)]).toEqual([
          ...[nameOf(route), whose, 404, wordsOf(unknown)],
        ]);
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(20);
  });

  it('lets the roles that it names in, to their own, and says not found of what nobody has', async () => {
    for (const route of routes)
      for (const role of route.roles)
        for (const whose of whoseOf(route).filter((it) => it === 'own' || it === 'unknown')) {
          const { status } = await call(route, callers[role], whose);

          expect([nameOf(route), role, whose, [401, 403].includes(status) || status >= 500]).toEqual([
            ...[nameOf(route), role, whose, false],
          ]);
        }
  });

  it('gives a list of a payer nothing of another payer’s', async () => {
    for (const { method, path, roles } of routes) {
      if (method !== 'GET' || path.includes('/:') || !roles.includes('payer')) continue;
      const text = JSON.stringify((await callers.payer.get(path)).body);

      for (const { foreign } of Object.values(things))
        expect([path, text.includes(foreign)]).toEqual([path, false]);
    }
  });

  it('does not listen to another method in a header, and answers no method that it does not name', async () => {
    for (const { path } of routes) {
      const address = path.replaceAll(/:\w+/g, UNKNOWN);
      const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
      const overridden = await callers.payer.send('PATCH', address, undefined, { headers });

      expect([path, overridden.status]).toEqual([path, 404]);
    }
  });
});

describe('a route that does not say who may call it', () => {
  it('stops the start, and is named', async () => {
    @Controller('v1/forgotten')
    class Forgotten {
      @Get()
      read(): string {
        return 'everything';
      }
    }

    @Module({ controllers: [Forgotten] })
    class Forgetful {}

    const start = startTokenkeep({ beside: tokenkeep, neighbour: Forgetful });

    await expect(start).rejects.toThrow('Forgotten.read: does not say by @Allow or @Public who may call it');
  });
});

/** Whoever adds an address with a new kind of thing adds one of that kind here. */
async function thingsOf(payer: Api): Promise<Record<string, string>> {
  const card = await savedCard(tokenkeep, payer);
  const setup = await payer.post('/v1/setup-intents', CARD_SETUP);
  const [paid, open] = [await invoiceFor(tokenkeep, payer), await invoiceFor(tokenkeep, payer)];
  const payment = await payer.postOnce(`/v1/invoices/${paid.id}/payments`, { paymentMethodId: card.id });
  const plan = await payer.postOnce('/v1/plans', {
    invoiceId: open.id,
    paymentMethodId: card.id,
    instalments: 3,
    interval: 'month',
  });
  const endpoint = await callers.ops.post('/v1/event-endpoints', { url: 'https://events.example.edu/' });
  expect([payment.status, plan.status, endpoint.status]).toEqual([201, 201, 201]);
  return {
    'payment-methods': card.id,
    'setup-intents': setup.body.id,
    invoices: open.id,
    payments: payment.body.id,
    plans: plan.body.id,
    instalments: plan.body.instalments?.[0]?.id ?? UNKNOWN,
    'refund-requests': randomUUID(), // finance only, too; test/promises/second-person.spec.ts has real ones
    disputes: randomUUID(), // finance only, and the sandbox makes none by itself
    payers: payerIdOf(payer),
    'event-endpoints': endpoint.body.id,
  };
}

/** What the routes need beside the address, so that it is the address that decides. */
function bodyFor({ method, path }: Route): object | undefined {
  if (method !== 'POST' && method !== 'PUT') return undefined;
  if (path.endsWith('/verifications')) return { descriptorCode: 'SM11AA' };
  if (path.endsWith('/confirmations')) return { returnUrl: 'http://127.0.0.1:3000/back' };
  const takesMethod = /(invoices|instalments)\/:\w+\/payments$|\/payment-method$/.test(path);
  return takesMethod ? { paymentMethodId: things['payment-methods']!.own } : {};
}

function call(route: Route, caller: Api, whose: Whose): Promise<Answer> {
  const kind = kindOf(route);
  const id = kind ? things[kind]?.[whose] : undefined;
  if (kind && id === undefined) throw new Error(`${route.path}: there is no ${kind} to try it with`);
  const address = route.path.replaceAll(/:\w+/g, id ?? '');
  const query = route.path.endsWith('/plan-schedule') ? '?instalments=3' : '';
  return caller.send(route.method, address + query, bodyFor(route), { idempotencyKey: randomUUID() });
}

function whoseOf(route: Route): Whose[] {
  return kindOf(route) ? ['own', 'foreign', 'unknown', 'removed'] : ['own'];
}

function kindOf({ path }: Route): string | undefined {
  return /([\w-]+)\/:/.exec(path)?.[1];
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

function wordsOf({ status, body }: Answer): unknown {
  return { status, ...body, requestId: null };
}

/** All that modules registered, except what is for everybody. */
function routesOf({ app }: Tokenkeep): Route[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    const type = metatype as unknown as { prototype: Record<string, object> };
    const read = <T>(key: string, of: object) => Reflect.getMetadata(key, of) as T | undefined;
    return Object.getOwnPropertyNames(type.prototype)
      .filter((name) => name !== 'constructor' && read('path', type.prototype[name]!) !== undefined)
      .flatMap((name) => {
        const handler = type.prototype[name]!;
        const roles =
          read<readonly Role[] | 'public'>('tokenkeep:policy', handler) ??
          read<readonly Role[]>('tokenkeep:policy', metatype as object);
        if (roles === 'public' || roles === undefined) return [];
        const path = [read<string>('path', metatype as object), read<string>('path', handler)]
          .map((part) => (part ?? '').replaceAll(/^\/|\/$/g, ''))
          .filter((part) => part !== '')
          .join('/');
        return [{ method: RequestMethod[read<number>('method', handler)!]!, path: `/${path}`, roles }];
      });
  });
}
