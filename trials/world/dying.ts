import type { Random } from '../random.ts';
import type { Application } from './application.ts';
import type { World } from './world.ts';

/** A program dies in the middle of whatever it does, and is started again. */
const DIES_EVERY_MS = 4_000;

/** Of a program that ends while it starts, because its database throws everybody out just then. */
const STARTS_MAX = 5;

/** Now and then, while something is done, one of the world's programs is killed. Returns how often. */
export async function whileDying(world: World, random: Random, act: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  const dying = dieNowAndThen(world, random, () => isOver);
  await act().finally(() => (isOver = true));
  return dying;
}

async function dieNowAndThen(world: World, random: Random, isOver: () => boolean): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    await new Promise((resolve) => setTimeout(resolve, random.between(DIES_EVERY_MS / 2, DIES_EVERY_MS)));
    if (isOver()) return deaths;
    const program = random.pick(world.programs);
    await program.kill();
    await startAsAServiceManagerDoes(program);
  }
}

async function startAsAServiceManagerDoes(program: Application): Promise<void> {
  for (let left = STARTS_MAX; ; left--)
    try {
      return await program.start();
    } catch (error) {
      if (left === 0) throw error;
      program.deaths.pop(); // told of by the start itself
    }
}
