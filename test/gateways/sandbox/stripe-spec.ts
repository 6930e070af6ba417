import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';

/** Stripe's own description of its API, where it lies beside the checkout; it is too large to live in it. */
const FOLDER = '../shared/gateway-specs';

interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
}
interface Spec {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
interface Operation {
  parameters?: { name: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export const isSpecHere = existsSync(`${FOLDER}/stripe-spec3.json`);

const read = <T>(name: string): T => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as T;

export class StripeSpec {
  private readonly spec = read<Spec>('stripe-spec3.json');
  private readonly fixtures = read<{ resources: Record<string, object> }>('stripe-fixtures3.json').resources;
  private readonly ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });

  constructor() {
    const document = asJsonSchema({ components: this.spec.components });
    this.ajv.addSchema(document as Schema, 'stripe');
  }

  /** The parameters of one call: of its path, of its query, and of its form. */
  parametersOf(method: string, path: string): string[] | undefined {
    const known = Object.keys(this.spec.paths).find((candidate) => isSamePath(candidate, path));
    const operation = known === undefined ? undefined : this.spec.paths[known]?.[method.toLowerCase()];
    if (!operation) return undefined;
    const forms = Object.values(operation.requestBody?.content ?? {});
    return [
      ...(operation.parameters ?? []).map(({ name }) => name),
      ...forms.flatMap(({ schema }) => Object.keys(schema.properties ?? {})),
    ];
  }

  /** What is wrong with an answer, by the schema of its kind. */
  faultsOf(object: { object: string }): string[] {
    const name = object.object;
    const validate = this.ajv.getSchema(`stripe#/components/schemas/${name}`);
    if (!validate) return [`there is no schema for ${name}`];
    if (validate(object)) return [];
    return (validate.errors ?? [])
      .filter(({ keyword }) => keyword !== 'anyOf')
      .map(
        (error: ErrorObject) =>
          `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
      );
  }

  /** Fields that Stripe's objects of this kind do not have, in the description nor in its newer examples. */
  inventedIn(object: { object: string }): string[] {
    const known = new Set([
      ...Object.keys(this.spec.components.schemas[object.object]?.properties ?? {}),
      ...Object.keys(this.fixtures[object.object] ?? {}),
    ]);
    return Object.keys(object).filter((name) => !known.has(name));
  }

  /** Fields that Stripe's newest example has and this object has not. */
  missingIn(object: { object: string }): string[] {
    return Object.keys(this.fixtures[object.object] ?? {}).filter((name) => !(name in object));
  }
}

/** `/v1/refunds/:id` is `/v1/refunds/{refund}`. */
function isSamePath(described: string, ours: string): boolean {
  const [left, right] = [described.split('/'), ours.split('/')];
  return (
    left.length === right.length &&
    left.every((part, place) =>
      part.startsWith('{') ? right[place]!.startsWith(':') : part === right[place],
    )
  );
}

/** OpenAPI 3.0 says `nullable`, JSON Schema says that null is another type. */
function asJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as Record<string, unknown>;
  const converted = Object.fromEntries(
    Object.entries(rest)
      .filter(([key]) => !key.startsWith('x-') && key !== 'description')
      .map(([key, value]) => [key, asJsonSchema(value)]),
  );
  return nullable === true ? { anyOf: [converted, { type: 'null' }] } : converted;
}
