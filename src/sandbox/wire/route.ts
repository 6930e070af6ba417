import type { Changes } from '../state/changes.js';
import type { Resource } from '../state/resources.js';
import type { List } from './present.js';
import { listOf, readTable, string, type Table, type Values } from './parameters.js';

export interface Call<T extends Table = Table> {
  changes: Changes;
  params: Values<T>;
  /** `:id` of the path. */
  id: string;
  /** Called from a browser, with the publishable key: sees less, may do less. */
  isBrowser: boolean;
  /** Where the sandbox's own pages are. */
  origin: string;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** May be called with the publishable key. */
  isForBrowsers: boolean;
  /** What it takes; everything else is refused. */
  parameters: string[];
  read(raw: Record<string, unknown>): Values<Table> & { expand?: string[] };
  handle(call: Call): Resource | List;
}

const expand = listOf(string);

export function route<T extends Table>(
  endpoint: `${Route['method']} /v1/${string}`,
  table: T,
  handle: (call: Call<T>) => Resource | List,
): Route {
  const [method, path] = endpoint.split(' ') as [Route['method'], string];
  return {
    method,
    path,
    isForBrowsers: false,
    parameters: method === 'DELETE' ? Object.keys(table) : [...Object.keys(table), 'expand'],
    read: ({ expand: paths, ...given }) => ({
      ...readTable(table, given),
      ...(paths !== undefined && { expand: expand.read(paths, 'expand') }),
    }),
    handle,
  };
}

/** The same, also open to the publishable key, as Stripe.js needs it. */
export const browserRoute: typeof route = (endpoint, table, handle) => ({
  ...route(endpoint, table, handle),
  isForBrowsers: true,
});
