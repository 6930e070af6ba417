import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openAccount } from './gateway.js';

interface Description {
  calls: { method: string; path: string }[];
  controls: string[];
  faults: string[];
  cards: { id: string; number: string }[];
  bank_accounts: { id: string; number: string }[];
}

describe('docs/reference/sandbox.md', () => {
  let page: string;
  let described: Description;
  beforeAll(async () => {
    page = await readFile('docs/reference/sandbox.md', 'utf8');
    described = (await openAccount().control('GET /_sandbox/description')) as unknown as Description;
  });

  const missing = (wanted: string[]) => wanted.filter((text) => !page.includes(`\`${text}\``));

  it('names every call that is answered', () => {
    const objects = described.calls.map(({ path }) => path.split('/:')[0]!);

    expect(missing([...new Set(objects)])).toEqual([]);
  });

  it('names every control call and every fault', () => {
    expect(missing(described.controls)).toEqual([]);
    expect(missing(described.faults)).toEqual([]);
  });

  it('names every test card and every test bank account, with its number', () => {
    const known = [...described.cards, ...described.bank_accounts];

    expect(missing(known.map(({ id }) => id))).toEqual([]);
    expect(missing(known.map(({ number }) => number))).toEqual([]);
  });

  it('names no control call that does not exist', () => {
    const named = [...page.matchAll(/`((?:GET|POST|DELETE) \/_sandbox\/[^`?]*)`/g)].map(([, text]) => text!);

    expect(named.filter((text) => !described.controls.includes(text))).toEqual([]);
  });
});
