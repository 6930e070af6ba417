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

const LINES = Symbol('lines of a configuration class');

/** A property of a configuration class: a variable, or a class that has its own. */
type Line = { property: string } & ({ variable: VariableDescription } | { part: ConfigurationClass });

/** Marks a property of a configuration class as the environment variable of the same name. */
export function Variable(variable: VariableDescription): PropertyDecorator {
  return (prototype, property) => addLine(prototype, { property: String(property), variable });
}

/** Marks a property as another configuration class, whose variables are read with those of this one. */
export function Part(part: ConfigurationClass): PropertyDecorator {
  return (prototype, property) => addLine(prototype, { property: String(property), part });
}

export interface ConfigurationClass<T extends object = object> {
  new (): T;
  /** Where its secrets stand instead of in `.env`, which every module can read again. */
  readonly secretsFile?: string;
  /** Where this variable is set, another class is not read, and the start is refused while a secret of that one is here. */
  readonly standsInFor?: { type: ConfigurationClass; where: string };
}

/** The environment variables that a configuration class and its parts read, in the order of their lines. */
export function describedVariables(type: ConfigurationClass): ReadonlyMap<string, VariableDescription> {
  return new Map(
    linesOf(type).flatMap((line) =>
      'part' in line ? [...describedVariables(line.part)] : [[line.property, line.variable] as const],
    ),
  );
}

/** The parts of a configuration class, by the property that holds each. */
export function partsOf(type: ConfigurationClass): ReadonlyMap<string, ConfigurationClass> {
  return new Map(
    linesOf(type).flatMap((line) => ('part' in line ? [[line.property, line.part] as const] : [])),
  );
}

function addLine(prototype: object, line: Line): void {
  const lines = linesOf(prototype.constructor as ConfigurationClass);
  Reflect.defineMetadata(LINES, [...lines, line], prototype);
}

/** With those of the classes that it extends. */
function linesOf({ prototype }: ConfigurationClass): readonly Line[] {
  return (Reflect.getMetadata(LINES, prototype as object) as Line[] | undefined) ?? [];
}
