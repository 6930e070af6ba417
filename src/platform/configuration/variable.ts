import 'reflect-metadata';

/** What a person needs to set an environment variable right. */
export interface VariableDescription {
  meaning: string;
  example: string;
  /** Shown when it differs from what the property is initialised with, or when it is computed. */
  defaultShown?: string;
  /** A secret is never printed, and may also come from a file named by `<NAME>_FILE`. */
  secret?: true;
  /** May come from a file too, and what that holds is taken over while the program runs; whoever uses it asks the configuration each time. */
  followed?: true;
}

const DESCRIPTIONS = Symbol('variable descriptions');

/** Marks a property of a configuration class as the environment variable of the same name. */
export function Variable(description: VariableDescription): PropertyDecorator {
  return (prototype, property) => {
    const known = describedVariables(prototype.constructor as ConfigurationClass);
    const described = new Map(known).set(String(property), description);
    Reflect.defineMetadata(DESCRIPTIONS, described, prototype);
  };
}

export interface ConfigurationClass<T extends object = object> {
  new (): T;
  /** Where its secrets stand instead of in `.env`, which every module can read again. */
  readonly secretsFile?: string;
  /** Where this variable is set, another class is not read, and the start is refused while a secret of that one is here. */
  readonly standsInFor?: { type: ConfigurationClass; where: string };
}

/** The environment variables that a configuration class reads, in the order of its lines. */
export function describedVariables(type: ConfigurationClass): ReadonlyMap<string, VariableDescription> {
  const described = Reflect.getMetadata(DESCRIPTIONS, type.prototype as object) as
    Map<string, VariableDescription> | undefined;
  return described ?? new Map();
}
