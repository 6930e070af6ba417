import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describedVariables, partsOf, type ConfigurationClass } from './variable.js';
import { followFiles } from './followed-files.js';
import { type Environment, takeEnvironment } from './environment.js';

export interface ConfigurationProblem {
  variable: string;
  problem: string;
  example: string;
}

/** A configuration class may add rules that need more than one of its variables. */
export interface CrossChecked {
  /** Variables that are wrong in combination, as variable name to what is wrong. */
  contradictions(isProduction: boolean): Record<string, string>;
}

/** The start is refused; names every wrong variable at once. */
export class ConfigurationError extends Error {
  constructor(readonly problems: ConfigurationProblem[]) {
    const lines = problems.map(
      (it) => `  ${it.variable}: ${it.problem} (example: ${it.variable}=${it.example})`,
    );
    super(`The configuration is wrong; nothing was started.\n${lines.join('\n')}`);
  }
}

/** Each module's configuration, read and validated once, at the start. */
export class Configuration {
  private constructor(
    private readonly instances: ReadonlyMap<ConfigurationClass, object>,
    private readonly environment: Environment,
  ) {}

  /**
   * What this process was started with; `overrides` win. To be called once: it leaves no secret in `process.env`.
   * @throws ConfigurationError with all that is wrong in any of the classes
   */
  static take(types: readonly ConfigurationClass[], overrides: Environment = {}): Configuration {
    const { environment, misplaced } = takeEnvironment(types);
    const elsewhere = secretsElsewhere(types, environment).map(({ variable }) => variable);
    const unseen = misplaced.filter(({ variable }) => !elsewhere.includes(variable));
    const problems = unseen.map(({ variable, file }) => ({
      variable,
      problem: `stands in .env, which any module can read again; move it to ${file}`,
      example: describedVariables(types.find((type) => describedVariables(type).has(variable))!).get(
        variable,
      )!.example,
    }));
    if (problems.length > 0) throw new ConfigurationError(problems);
    return Configuration.read(types, { ...environment, ...overrides });
  }

  /** @throws ConfigurationError with all that is wrong in any of the classes */
  static read(types: readonly ConfigurationClass[], environment: Environment): Configuration {
    const problems: ConfigurationProblem[] = secretsElsewhere(types, environment);
    const instances = new Map<ConfigurationClass, object>();
    const unread = replaced(types, environment);
    for (const type of types) {
      if (unread.has(type)) continue;
      const { instance, found } = readOne(type, environment);
      instances.set(type, instance);
      problems.push(...found);
    }
    if (problems.length > 0) throw new ConfigurationError(problems);
    return new Configuration(instances, environment);
  }

  /** From now on, secrets that are exchanged in their files are exchanged here; a wrong one is left alone. Answers how to stop. */
  follow(): () => void {
    const stops = [...this.instances].flatMap(([type, instance]) =>
      [...describedVariables(type)].flatMap(([name, { followed }]) => {
        const file = this.environment[`${name}_FILE`];
        if (!followed || !file || this.environment[name]?.trim()) return [];
        return [
          followFiles(name, [file], ([text = '']) =>
            exchange(type, instance, name, text, this.environment['NODE_ENV'] === 'production'),
          ),
        ];
      }),
    );
    return () => stops.forEach((stop) => stop());
  }

  /** Whether the class was read: another one may stand in for it. */
  has(type: ConfigurationClass): boolean {
    return this.instanceOf(type) !== undefined;
  }

  of<T extends object>(type: ConfigurationClass<T>): T {
    const instance = this.instanceOf(type);
    if (!instance) throw new Error(`${type.name} is not among the configuration classes of this program`);
    return instance;
  }

  /** A program may read more than another one, in a class of its own that extends the other's. */
  private instanceOf<T extends object>(type: ConfigurationClass<T>): T | undefined {
    return [...this.instances.values()].find((it): it is T => it instanceof type);
  }
}

/** The classes that are not read, because of what another one's variable says. */
function replaced(
  types: readonly ConfigurationClass[],
  environment: Environment,
): Map<ConfigurationClass, string> {
  return new Map(
    types.flatMap(({ standsInFor }) =>
      standsInFor && environment[standsInFor.where]?.trim()
        ? [[standsInFor.type, standsInFor.where] as const]
        : [],
    ),
  );
}

/** Secrets of another process alone, which this one must not even hold. */
function secretsElsewhere(
  types: readonly ConfigurationClass[],
  environment: Environment,
): ConfigurationProblem[] {
  const unread = replaced(types, environment);
  const ours = new Set(
    types.filter((type) => !unread.has(type)).flatMap((type) => [...describedVariables(type).keys()]),
  );
  return [...unread].flatMap(([type, where]) =>
    [...describedVariables(type)]
      .filter(([name, { secret }]) => secret && !ours.has(name))
      .filter(([name]) => environment[name]?.trim() || environment[`${name}_FILE`])
      .map(([variable, { example }]) => ({
        variable,
        problem: `belongs to the process that ${where} names, and must not be here; take it away, or unset ${where}`,
        example,
      })),
  );
}

function readOne(type: ConfigurationClass, environment: Environment) {
  const described = describedVariables(type);
  const wrong = new Map<string, string>();
  const plain: Record<string, string> = {};
  for (const [name, { secret, followed }] of described) {
    try {
      const value =
        environment[name]?.trim() || ((secret || followed) && secretFromFile(environment[`${name}_FILE`]));
      if (value) plain[name] = value; // an empty value counts as unset: compose files cannot leave a variable out
    } catch (error) {
      wrong.set(name, (error as Error).message);
    }
  }
  const instance = build(type, plain);
  for (const [variable, problem] of wrongOf(instance)) wrong.set(variable, problem);
  if (isCrossChecked(instance))
    for (const [name, problem] of Object.entries(
      instance.contradictions(environment['NODE_ENV'] === 'production'),
    ))
      if (!wrong.has(name)) wrong.set(name, problem);

  const found = [...wrong].map(([variable, problem]) => ({
    variable,
    problem: problem.startsWith(`${variable} `) ? problem.slice(variable.length + 1) : problem,
    example: described.get(variable)?.example ?? '',
  }));
  return { instance, found };
}

/** @throws Error, which does not repeat the value, when it is not one that the program would have started with */
function exchange(
  type: ConfigurationClass,
  instance: object,
  name: string,
  text: string,
  isProduction: boolean,
): void {
  const value = text.trim();
  if (!value) throw new Error('is empty');
  const next = build(type, { [name]: value });
  const wrong = wrongOf(next).get(name);
  if (wrong) throw new Error(wrong);
  const [holder, exchanged] = [holderOf(instance, name), holderOf(next, name)];
  const before = holder[name];
  holder[name] = exchanged[name];
  const [contradiction] = isCrossChecked(instance)
    ? Object.entries(instance.contradictions(isProduction))
    : [];
  if (!contradiction) return;
  holder[name] = before;
  throw new Error(contradiction.join(' '));
}

/** `values`: the text of each variable that is set, of the class and of its parts. */
function build(type: ConfigurationClass, values: Record<string, string>): object {
  const parts = partsOf(type);
  const ofParts = new Set([...parts.values()].flatMap((part) => [...describedVariables(part).keys()]));
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => !ofParts.has(name)));
  const instance = plainToInstance(type, own, { exposeDefaultValues: true });
  const built = [...parts].map(([property, part]) => [property, build(part, values)] as const);
  return Object.assign(instance, Object.fromEntries(built));
}

/** What is wrong with the value of a variable, by its name. */
function wrongOf(instance: object): Map<string, string> {
  return new Map(
    withParts(instance)
      .flatMap((it) => validateSync(it, { validationError: { target: false, value: false } }))
      .map(({ property, constraints }) => [
        property,
        Object.values(constraints ?? { unknown: 'is wrong' }).join('; '),
      ]),
  );
}

/** The innermost part that the variable is a property of. */
function holderOf(instance: object, variable: string): Record<string, unknown> {
  return withParts(instance).findLast((it) =>
    describedVariables(it.constructor as ConfigurationClass).has(variable),
  ) as Record<string, unknown>;
}

function withParts(instance: object): object[] {
  const parts = [...partsOf(instance.constructor as ConfigurationClass).keys()];
  return [instance, ...parts.flatMap((part) => withParts((instance as Record<string, object>)[part]!))];
}

/** A secret need not be in the environment: `<NAME>_FILE` names a file that holds it. */
function secretFromFile(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error(`cannot be read from the file ${path}`);
  }
}

function isCrossChecked(instance: object): instance is CrossChecked {
  return 'contradictions' in instance;
}
