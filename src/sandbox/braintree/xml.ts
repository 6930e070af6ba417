/** A value of Braintree's answers: text as it is, everything else with its type beside it. */
export type Value =
  string | number | boolean | Date | null | undefined | Value[] | Collection | { [name: string]: Value };

/** Elements of a list need a name of their own; a collection holds its items beside its counts. */
const ITEM_NAMES: Record<string, string> = {
  errors: 'error',
  evidence: 'evidence',
  ids: 'item',
  'status-history': 'status-event',
  verifications: 'us-bank-account-verification',
};

/** An answer in the XML that Braintree's libraries read: names with hyphens, `type` for what is no text. */
export function xmlOf(name: string, value: Value): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, value)}\n`;
}

/** Items one after the other among other elements, as search results come. */
export class Collection {
  constructor(
    readonly counts: Record<string, number>,
    readonly itemName: string,
    readonly items: readonly Value[],
  ) {}
}

function element(name: string, value: Value): string {
  if (value === undefined) return '';
  if (value === null) return `<${name} nil="true"/>`;
  if (value instanceof Collection) {
    const counts = Object.entries(value.counts).map(([key, count]) => element(key, count));
    const items = value.items.map((item) => element(value.itemName, item));
    return `<${name} type="collection">${[...counts, ...items].join('')}</${name}>`;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => element(ITEM_NAMES[name] ?? 'item', item));
    return `<${name} type="array">${items.join('')}</${name}>`;
  }
  if (value instanceof Date) return `<${name} type="datetime">${value.toISOString().slice(0, 19)}Z</${name}>`;
  if (typeof value === 'object') {
    const children = Object.entries(value).map(([key, child]) => element(key, child));
    return `<${name}>${children.join('')}</${name}>`;
  }
  if (typeof value === 'number') return `<${name} type="integer">${value}</${name}>`;
  if (typeof value === 'boolean') return `<${name} type="boolean">${value}</${name}>`;
  return `<${name}>${escaped(value)}</${name}>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (it) => ENTITIES[it]!);
}
