import type { Changes } from '../state/changes.js';
import { visible } from '../state/changes.js';
import type { Resource } from '../state/resources.js';
import { invalidParameter } from './errors.js';

export interface List<T extends Resource = Resource> {
  object: 'list' | 'search_result';
  data: T[];
  has_more: boolean;
  url: string;
  next_page?: string | null;
  total_count?: number;
}

type Fields = Record<string, unknown>;

/** An answer without the sandbox's own notes, with the ids named by `expand` replaced by their objects. */
export function present(changes: Changes, answer: Resource | List, expand: string[] = []): Fields {
  const shown: Fields =
    'data' in answer && Array.isArray(answer.data)
      ? { ...answer, data: answer.data.map((item: Resource) => visible(item)) }
      : { ...visible(answer as Resource) };
  for (const path of expand) expandPath(changes, shown, path.split('.'), path);
  return shown;
}

/** https://docs.stripe.com/api/expanding_objects: four levels deep at most; a list's items are below `data`. */
const LEVELS_MAX = 4;

function expandPath(changes: Changes, within: Fields, [name, ...rest]: string[], path: string): void {
  if (name === undefined) return;
  const depth = path.split('.').filter((part) => part !== 'data').length;
  const value = within[name];
  if (depth > LEVELS_MAX || value === undefined) throw cannotExpand(name);
  if (value === null) return;
  if (Array.isArray(value)) {
    within[name] = value.map((item) => {
      if (!isFields(item)) throw cannotExpand(name);
      const copy = { ...item };
      expandPath(changes, copy, rest, path);
      return copy;
    });
    return;
  }
  const object = typeof value === 'string' ? changes.anything(value) : value;
  if (!object || !isFields(object)) throw cannotExpand(name);
  const copy: Fields =
    typeof value === 'string' ? { ...visible(object as unknown as Resource) } : { ...object };
  within[name] = copy;
  expandPath(changes, copy, rest, path);
}

function cannotExpand(name: string): Error {
  const message = `This property cannot be expanded (${name}). You may want to try expanding 'data.${name}' instead.`;
  return invalidParameter(message, 'parameter_invalid', 'expand');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
