import { invalidParameter } from './errors.js';

/**
 * A request arrives as a form: every value is text, `metadata[invoice]=7` is nested. One table per endpoint names
 * the parameters that it takes; reading turns text into values and refuses everything else, as Stripe does.
 */
export interface Reader<T> {
  read(value: unknown, name: string): T;
}

export type Table = Record<string, Reader<unknown>>;
export type Values<T extends Table> = { [K in keyof T]?: T[K] extends Reader<infer V> ? V : never };

export const string: Reader<string> = {
  read(value, name) {
    if (typeof value !== 'string')
      throw invalidParameter('Invalid string.', 'parameter_invalid_string', name);
    if (value === '') {
      const message = `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`;
      throw invalidParameter(message, 'parameter_invalid_empty', name);
    }
    if (value.length > 5000) {
      const message = `Invalid string: ${value.slice(0, 10)}...; must be at most 5000 characters`;
      throw invalidParameter(message, 'parameter_invalid_string', name);
    }
    return value;
  },
};

/** A parameter that an empty value unsets. */
export const clearable: Reader<string | null> = {
  read: (value, name) => (value === '' ? null : string.read(value, name)),
};

export const integer: Reader<number> = {
  read(value, name) {
    const text = string.read(typeof value === 'number' ? String(value) : value, name);
    if (!/^-?\d{1,15}$/.test(text)) {
      throw invalidParameter(`Invalid integer: ${text}`, 'parameter_invalid_integer', name);
    }
    return Number(text);
  },
};

export const boolean: Reader<boolean> = {
  read(value, name) {
    const text = String(value);
    if (text !== 'true' && text !== 'false') {
      throw invalidParameter(`Invalid boolean: ${text}`, 'parameter_invalid_boolean', name);
    }
    return text === 'true';
  },
};

export function oneOf<T extends string>(...allowed: T[]): Reader<T> {
  return {
    read(value, name) {
      const text = string.read(value, name);
      if (!allowed.includes(text as T)) {
        const choices =
          allowed.length === 1
            ? allowed[0]
            : `one of ${allowed.slice(0, -1).join(', ')}, or ${allowed.at(-1)}`;
        throw invalidParameter(`Invalid ${name}: must be ${choices}`, 'parameter_invalid_enum', name);
      }
      return text as T;
    },
  };
}

export function listOf<T>(of: Reader<T>): Reader<T[]> {
  return {
    read(value, name) {
      if (value === '') return [];
      const items = Array.isArray(value) ? value : isHash(value) ? Object.values(value) : undefined;
      if (!items) throw invalidParameter('Invalid array', 'parameter_invalid_array', name);
      return items.map((item, index) => of.read(item, `${name}[${index}]`));
    },
  };
}

export function hash<T extends Table>(table: T): Reader<Values<T>> {
  return {
    read(value, name) {
      if (value === '') return {};
      if (!isHash(value)) throw invalidParameter('Invalid object', 'parameter_invalid_object', name);
      return readTable(table, value, name);
    },
  };
}

/** A number of seconds, or a range of them: `created[gte]=...`. */
export type Moment = { gt?: number; gte?: number; lt?: number; lte?: number };
const range = hash({ gt: integer, gte: integer, lt: integer, lte: integer });
export const moment: Reader<Moment> = {
  read(value, name) {
    if (isHash(value)) return range.read(value, name);
    const exactly = integer.read(value, name);
    return { gte: exactly, lte: exactly };
  },
};

/** Empty values remove a key. Limits: https://docs.stripe.com/api/metadata. */
export type MetadataChange = Record<string, string> | null;
export const metadata: Reader<MetadataChange> = {
  read(value, name) {
    if (value === '') return null;
    if (!isHash(value)) throw invalidParameter('Invalid object', 'parameter_invalid_object', name);
    const entries = Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string')
        throw invalidParameter('Invalid string', 'parameter_invalid_string', name);
      if (key.length > 40 || text.length > 500) {
        const message =
          'Metadata keys can have up to 40 characters, and their values can have up to 500 characters.';
        throw invalidParameter(message, 'parameter_invalid_string', name);
      }
      return [key, text] as const;
    });
    return Object.fromEntries(entries);
  },
};

export function changedMetadata(
  now: Record<string, string>,
  change?: MetadataChange,
): Record<string, string> {
  if (change === undefined) return now;
  const merged = Object.entries({ ...now, ...change }).filter(([, text]) => text !== '');
  return change === null ? {} : Object.fromEntries(merged);
}

/** A hash that Stripe takes and the sandbox has no use for: accepted whole. */
export const anyHash: Reader<Record<string, unknown>> = {
  read(value, name) {
    if (value === '') return {};
    if (!isHash(value)) throw invalidParameter('Invalid object', 'parameter_invalid_object', name);
    return value;
  },
};

export function readTable<T extends Table>(table: T, given: Record<string, unknown>, within = ''): Values<T> {
  const values: Record<string, unknown> = {};
  for (const key of Object.keys(given)) {
    const name = within ? `${within}[${key}]` : key;
    const reader = Object.hasOwn(table, key) ? table[key] : undefined;
    if (!reader) {
      throw invalidParameter(`Received unknown parameter: ${name}`, 'parameter_unknown', name);
    }
    values[key] = reader.read(given[key], name);
  }
  return values as Values<T>;
}

/** `want(params.amount, 'amount')`: the value, or Stripe's complaint that it is missing. */
export function want<T>(value: T | undefined, name: string): T {
  if (value === undefined) {
    throw invalidParameter(`Missing required param: ${name}.`, 'parameter_missing', name);
  }
  return value;
}

function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
