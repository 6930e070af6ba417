// What many ask for at once is one statement, and one that fails takes no other with it.
import { expect, it } from '@jest/globals';
import { Together } from '../../src/platform/postgres/together.js';

/** As PostgreSQL refuses one row, and as a server that is away refuses everything. */
const REFUSED = Object.assign(new Error('violates check'), { driverError: { code: '23514' } });
const AWAY = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

function together(most: number, refuse: (item: number) => Error | undefined = () => undefined) {
  const batches: number[][] = [];
  const work = new Together<number, string>(async (items) => {
    batches.push(items);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const error = items.map(refuse).find(Boolean);
    if (error) throw error;
    return items.map((item) => `done ${item}`);
  }, most);
  const ask = (item: number) => work.do(item).catch((error: unknown) => error);
  return { batches, ask: (...items: number[]) => Promise.all(items.map(ask)) };
}

it('does at once what is asked for at once', async () => {
  const { batches, ask } = together(10);
  expect(await ask(1, 2, 3)).toEqual(['done 1', 'done 2', 'done 3']);
  expect(batches).toEqual([[1, 2, 3]]);
});

it('does no more at once than it may, and leaves none waiting', async () => {
  const { batches, ask } = together(2);
  expect(await ask(1, 2, 3, 4, 5)).toEqual(['done 1', 'done 2', 'done 3', 'done 4', 'done 5']);
  expect(batches).toEqual([[1, 2], [3, 4], [5]]);
});

it('lets what comes meanwhile share the next', async () => {
  const { batches, ask } = together(10);
  const first = ask(1);
  while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([first, ask(2), ask(3)]);
  expect(batches).toEqual([[1], [2, 3]]);
});

it('refuses only the one that is refused', async () => {
  const { ask } = together(10, (item) => (item === 2 ? REFUSED : undefined));
  expect(await ask(1, 2, 3)).toEqual(['done 1', REFUSED, 'done 3']);
});

it('does not ask a server that is away for each of them', async () => {
  const { batches, ask } = together(10, () => AWAY);
  expect(await ask(1, 2, 3)).toEqual([AWAY, AWAY, AWAY]);
  expect(batches).toHaveLength(1);
});
