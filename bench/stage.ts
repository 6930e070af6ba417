import type { Child } from './child.js';
import { startChild } from './child.js';
import type { KnownIntent } from './load/job.js';
import { type Generator, startGenerator } from './load/generator.js';
import type { Options } from './options.js';
import { type Postgres, startPostgres } from './postgres.js';
import type { Results } from './results.js';
import { type Side, type SideName, startSide, type Surroundings } from './sides.js';

/** Everything that a measurement needs, running. */
export interface Stage {
  options: Options;
  results: Results;
  postgres: Postgres;
  gateway: GatewayControl;
  generator: Generator;
  surroundings: Surroundings;
  /** Starts sides, lets them be measured, and stops them. */
  withSides<T>(names: SideName[], use: (sides: Side[]) => Promise<T>, how?: HowToStart): Promise<T>;
  stop(): Promise<void>;
}

interface HowToStart {
  /** For Tokenkeep; the others have no settings. */
  environment?: Record<string, string>;
  nodeFlags?: string[];
}

export interface GatewayControl {
  set(settings: { delayMs?: number; confirmsAs?: 'succeeded' | 'processing' }): Promise<void>;
  intentsOf(account: string): Promise<(KnownIntent & { status: string; tookMs: number })[]>;
  forget(): Promise<void>;
}

export async function setStage(options: Options, results: Results, folder: string): Promise<Stage> {
  const postgres = await startPostgres(`${folder}/postgres`);
  const stand = await startChild(
    'gateway',
    ['dist/bench/bench/gateway/main.js'],
    {},
    { readyPath: '/_bench/all', folder },
  );
  const generator = startGenerator();
  const surroundings = { postgres, gatewayUrl: stand.url, folder };

  return {
    options,
    results,
    postgres,
    generator,
    surroundings,
    gateway: controlOf(stand),
    withSides: async (names, use, { environment, nodeFlags } = {}) => {
      const sides: Side[] = [];
      try {
        for (const name of names) sides.push(await startSide(name, surroundings, environment, nodeFlags));
        return await use(sides);
      } finally {
        for (const side of sides) await side.stop();
      }
    },
    stop: async () => {
      generator.stop();
      await stand.stop();
      await postgres.stop();
    },
  };
}

function controlOf({ url }: Child): GatewayControl {
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${url}/_bench/${path}`, { method: 'POST', body: JSON.stringify(body ?? {}) });
    return (await answer.json()) as T;
  };
  return {
    set: async (settings) => void (await ask('settings', settings)),
    intentsOf: (account) => ask(`intents/${account}`),
    forget: async () => void (await ask('forget')),
  };
}
