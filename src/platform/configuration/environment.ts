import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type ConfigurationClass, describedVariables } from './variable.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A secret stands where code of other modules could read it again. */
export interface MisplacedSecret {
  variable: string;
  file: string;
}

/**
 * The environment of this process, over the files of the working directory: `.env`, and those that modules keep for their
 * secrets. It can be taken once: no secret is left in `process.env`, for other code or for child processes.
 */
export function takeEnvironment(types: readonly ConfigurationClass[]): {
  environment: Environment;
  misplaced: MisplacedSecret[];
} {
  const shared = variablesIn('.env');
  const files = types.flatMap(({ secretsFile }) => (secretsFile ? [variablesIn(secretsFile)] : []));
  const environment = Object.assign({}, shared, ...files, process.env) as Environment;

  const misplaced: MisplacedSecret[] = [];
  for (const type of types)
    for (const variable of secretsOf(type)) {
      delete process.env[variable];
      delete process.env[`${variable}_FILE`];
      if (type.secretsFile && shared[variable]) misplaced.push({ variable, file: type.secretsFile });
    }
  return { environment, misplaced };
}

function variablesIn(file: string): Environment {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

function secretsOf(type: ConfigurationClass): string[] {
  return [...describedVariables(type)].filter(([, { secret }]) => secret).map(([name]) => name);
}
