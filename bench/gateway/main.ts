// A gateway that costs nothing: it answers the calls that saving and charging a card need, in Stripe's shape, as fast as
// it can or after a set delay. It keeps nothing on disk. The sandbox would be measured otherwise: it writes a ledger.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { card, customer, methodOf, type Intent, intentView, list, newId, setupView } from './objects.js';

interface Settings {
  /** How long each call takes. */
  delayMs: number;
  /** How a confirmation ends; what is `processing` has succeeded when it is read again. */
  confirmsAs: 'succeeded' | 'processing';
}

const settings: Settings = { delayMs: 0, confirmsAs: 'succeeded' };
const intents = new Map<string, Intent>();
const customerOf = new Map<string, string>();
const setups = new Map<string, { customer: string; metadata: Record<string, string> }>();

const server = createServer((request, response) => void answer(request, response));
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now();
  const text = await textOf(request);
  const [path = ''] = (request.url ?? '').split('?');
  if (path.startsWith('/_bench/')) return send(response, control(path, text));

  const account = (request.headers.authorization ?? '').replace('Bearer ', '');
  const { body, intent } = route(account, request.method ?? '', path, new URLSearchParams(text));
  if (settings.delayMs > 0) await sleep(settings.delayMs);
  send(response, body);
  if (intent) intent.tookMs += performance.now() - begun;
}

function route(account: string, method: string, path: string, form: URLSearchParams): Routed {
  const [, , resource = '', id = '', action = ''] = path.split('/');
  if (resource === 'customers') return { body: customer() };
  if (resource === 'setup_intents') return { body: method === 'POST' ? startSetup(form) : readSetup(id) };
  if (resource === 'payment_methods' && id) return { body: card(id, customerOf.get(id) ?? newId('cus')) };
  if (resource !== 'payment_intents' || (method === 'GET' && !id)) return { body: list(path) };

  const intent = id ? intents.get(id)! : create(account, form);
  if (action === 'confirm' || form.get('confirm') === 'true') intent.status = settings.confirmsAs;
  if (action === 'cancel') intent.status = 'canceled';
  if (method === 'GET' && intent.status === 'processing') intent.status = 'succeeded';
  return { body: intentView(intent), intent };
}

interface Routed {
  body: object;
  intent?: Intent;
}

function create(account: string, form: URLSearchParams): Intent {
  const intent: Intent = {
    id: newId('pi'),
    account,
    amount: Number(form.get('amount')),
    currency: form.get('currency')!,
    customer: form.get('customer')!,
    paymentMethod: form.get('payment_method')!,
    metadata: metadataOf(form),
    status: 'requires_confirmation',
    tookMs: 0,
  };
  intents.set(intent.id, intent);
  return intent;
}

function startSetup(form: URLSearchParams): object {
  const id = newId('seti');
  setups.set(id, { customer: form.get('customer')!, metadata: metadataOf(form) });
  return setupView(id, setups.get(id)!, false);
}

function readSetup(id: string): object {
  customerOf.set(methodOf(id), setups.get(id)!.customer);
  return setupView(id, setups.get(id)!, true);
}

/** `metadata[payment_id]=...` as an object. */
function metadataOf(form: URLSearchParams): Record<string, string> {
  const entries = [...form].flatMap(([name, value]) => {
    const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
    return key ? [[key, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** For the bench: settings, and what each account's payments were. */
function control(path: string, text: string): object {
  if (path === '/_bench/settings') return Object.assign(settings, JSON.parse(text));
  if (path === '/_bench/forget') intents.clear();
  const account = path.split('/')[3]; // /_bench/intents/sk_test_...
  return [...intents.values()].filter((intent) => intent.account === account);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  return text;
}

function send(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'request-id': newId('req'),
    })
    .end(text);
}
