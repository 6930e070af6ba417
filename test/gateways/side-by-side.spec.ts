import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const FOLDER = join(import.meta.dirname, '../../src/payments/gateway');
const GATEWAYS = ['adyen', 'braintree', 'stripe'];
/** What each adapter has, by the table of docs/guides/add-a-gateway.md. */
const ROLES = [
  ...['capabilities', 'client', 'declines', 'disputes', 'errors', 'gateway'],
  ...['listing', 'mapping', 'methods', 'setups', 'webhooks'],
];

const source = (path: string): string => readFileSync(join(FOLDER, path), 'utf8');

/** The members of the port, or of a class that is it, as they stand in the file. */
function membersIn(text: string): string[] {
  const known = /^ {2}(?:async )?(?:readonly )?([a-zA-Z]+)(?=\()/gm;
  return [...text.matchAll(known)].map(([, name]) => name!);
}

const PORT = membersIn(/export interface Gateway \{([^]*?)\n\}/.exec(source('gateway.ts'))![1]!);

it.each(GATEWAYS)('%s has the calls of the port in the order of the port', (gateway) => {
  const its = membersIn(source(`${gateway}/${gateway}.gateway.ts`));

  expect(PORT.length).toBeGreaterThan(25);
  expect(its.filter((name) => PORT.includes(name))).toEqual(PORT);
});

it.each(GATEWAYS)('%s has the same files for the same work', (gateway) => {
  const files = readdirSync(join(FOLDER, gateway));

  expect(files).toEqual(expect.arrayContaining(ROLES.map((role) => `${gateway}.${role}.ts`)));
});
