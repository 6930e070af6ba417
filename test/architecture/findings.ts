import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A graph of a running application has some ten thousand objects; more than this would be a walk that went astray. */
const OBJECTS_MAX = 2_000_000;

/** What must not be found: these texts, and instances of these classes. */
export interface Treasure {
  secrets: string[];
  classes: ReadonlySet<string>;
}

/** Follows everything that can be reached from a value, and names the secrets and instances in it. */
export function findings(from: unknown, { secrets, classes }: Treasure): string[] {
  const found = new Set<string>();
  const seen = new Set<unknown>();
  const waiting: { value: unknown; path: string }[] = [{ value: from, path: '' }];
  for (let next = waiting.pop(); next && seen.size < OBJECTS_MAX; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && secrets.some((secret) => value.includes(secret)))
      found.add(`a secret at ${path}`);
    if (value === null || !['object', 'function'].includes(typeof value) || seen.has(value)) continue;
    seen.add(value);
    const name = nameOf(value as object);
    if (name && classes.has(name)) found.add(`a ${name} at ${path}`);
    for (const [key, inner] of insideOf(value as object))
      waiting.push({ value: inner, path: path.length < 300 ? `${path}.${key}` : path });
  }
  return [...found];
}

/** The class of an instance; a class and its prototype are none. */
function nameOf(value: object): string | undefined {
  if (typeof value === 'function' || Object.hasOwn(value, 'constructor')) return undefined;
  return (value.constructor as { name?: string } | undefined)?.name;
}

function insideOf(value: object): [string, unknown][] {
  if (Object.hasOwn(value, 'constructor')) return ownOf(value); // also of a Map's subclass, which is no Map
  if (value instanceof Map)
    return [...value].flatMap(([key, inner]) => [
      ['key', key] as [string, unknown],
      [typeof key === 'function' ? key.name : String(key), inner],
    ]);
  if (value instanceof Set) return [...value].map((inner) => ['member', inner]);
  if (ArrayBuffer.isView(value)) return [];
  const own = ownOf(value);
  // Nest keeps instances behind a getter of its wrappers.
  return 'instance' in value ? [...own, ['instance', read(value, 'instance')]] : own;
}

function ownOf(value: object): [string, unknown][] {
  return Reflect.ownKeys(value).map((key) => [String(key), read(value, key)]);
}

function read(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** The classes that are declared below a folder, but those that the door shows: its errors, shapes, and the module. */
export async function classesOf(folder: string): Promise<Set<string>> {
  const root = join(import.meta.dirname, '../..', folder);
  const files = (await readdir(root, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !/(contract|module|dto)\.ts$/.test(file),
  );
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/^(?:export )?class (\w+)/gm)].map(([, name]) => name!)),
  );
}
