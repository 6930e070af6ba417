import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type AnySchema, type ErrorObject } from 'ajv';

/** Adyen's own descriptions of its API and its webhooks, where they lie beside the checkout; they are too large to live in it. */
const FOLDER = '../shared/gateway-specs';
const FILES = ['CheckoutService-v72', 'DisputeService-v30', 'Webhooks-v1', 'TokenizationNotification-v1'];

export const isDescriptionHere = FILES.every((name) => existsSync(`${FOLDER}/${name}.json`));

/** One call, as it went over the wire. */
export interface Exchange {
  method: string;
  /** With its version and its ids. */
  path: string;
  asked: unknown;
  status: number;
  answered: unknown;
}

interface Content {
  content?: Record<string, unknown>;
}
interface Operation {
  requestBody?: Content;
  responses?: Record<string, Content>;
}
type Paths = Record<string, Record<string, Operation>>;

export class AdyenDescription {
  private readonly ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  private readonly documents = new Map<string, { paths?: Paths; webhooks?: Paths }>();

  constructor() {
    for (const name of FILES) {
      const document = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')) as AnySchema & {
        paths?: Paths;
        webhooks?: Paths;
      };
      this.documents.set(name, document);
      this.ajv.addSchema(document, name);
    }
  }

  /** What is wrong with a call and its answer, by the description. */
  faultsOf({ method, path, asked, status, answered }: Exchange): string[] {
    const isDispute = path.startsWith('/ca/');
    const name = isDispute ? 'DisputeService-v30' : 'CheckoutService-v72';
    const wanted = path.replace(isDispute ? '/ca/services/DisputeService/v30' : '/v72', '').split('?')[0]!;
    const paths = this.documents.get(name)!.paths!;
    const known = Object.keys(paths).find((it) => isSamePath(it, wanted));
    const verb = method.toLowerCase();
    const operation = known === undefined ? undefined : paths[known]![verb];
    if (known === undefined || !operation) return [`${method} ${wanted} is not known`];
    const at = ['paths', known, verb];
    const hasAnswer = operation.responses?.[status]?.content;
    return [
      ...(operation.requestBody ? this.check(name, [...at, 'requestBody'], asked) : []),
      ...(operation.responses?.[status] ? [] : [`${method} ${wanted} never answers ${status}`]),
      ...(hasAnswer ? this.check(name, [...at, 'responses', String(status)], answered) : []),
    ].map((fault) => `${method} ${wanted}: ${fault}`);
  }

  /** What is wrong with the bytes of a webhook. */
  faultsOfWebhook(body: Record<string, unknown>): string[] {
    const [first] = (body['notificationItems'] ?? []) as { NotificationRequestItem: { eventCode: string } }[];
    const [name, event] = first
      ? ['Webhooks-v1', `/${first.NotificationRequestItem.eventCode}`]
      : ['TokenizationNotification-v1', String(body['type'])];
    const { webhooks = {} } = this.documents.get(name)!;
    const known = Object.keys(webhooks).find((it) => it === event || it === `/${event}`);
    if (known === undefined) return [`${event} is not known`];
    return this.check(name, ['webhooks', known, 'post', 'requestBody'], body).map((it) => `${event}: ${it}`);
  }

  private check(document: string, at: string[], value: unknown): string[] {
    const pointer = [...at, 'content', 'application/json', 'schema'].map(escaped).join('/');
    const validate = this.ajv.getSchema(`${document}#/${pointer}`);
    if (!validate) return [`there is no schema at ${pointer}`];
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }: ErrorObject) =>
        `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }
}

/** In a JSON pointer that is part of an address. */
function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function isSamePath(described: string, ours: string): boolean {
  const [left, right] = [described.split('/'), ours.split('/')];
  return left.length === right.length && left.every((part, at) => part.startsWith('{') || part === right[at]);
}
