import { problemOf, send, Unreachable } from './api.js';
import { button } from './button.js';
import type { components } from './openapi.js';
import { announce, h, notice } from './dom.js';
import { failed } from './failed.js';
import { tokenOf } from './session.js';

type Entry = components['schemas']['AuditEntryDto'];
type Entries = components['schemas']['AuditEntryPageDto'];

const PAGE = 50;
/** An export may be long; it comes as it is read. */
const EXPORT_PATIENCE_MS = 10 * 60_000;

const KINDS = { change: 'Change', access: 'Access', operation: 'Operation' };
const OUTCOMES = { succeeded: 'Succeeded', refused: 'Refused', failed: 'Failed' };

export function auditScreen(): Node[] {
  const body = h('tbody');
  const caption = h('caption', {}, 'Loading …');
  const more = h('p', { class: 'actions' });
  const form = filters(() => void show(null).catch(failed));
  let shown = 0;

  async function show(cursor: string | null): Promise<void> {
    const query = queryOf(form);
    query.set('limit', String(PAGE));
    if (cursor) query.set('cursor', cursor);
    const { data, nextCursor } = await send<Entries>(`/v1/audit-entries?${query}`);
    if (!cursor) {
      body.replaceChildren();
      shown = 0;
    }
    body.append(...data.map(rowOf));
    shown += data.length;
    const words =
      shown === 0 ? 'No entry matches.' : `${shown} ${shown === 1 ? 'entry' : 'entries'}, the newest first`;
    caption.replaceChildren(nextCursor ? `${words}; there are older ones` : words);
    announce(words);
    more.replaceChildren(...(nextCursor ? [button('Show older entries', () => show(nextCursor))] : []));
  }

  void show(null).catch(failed);
  return [
    h('h1', { tabindex: -1 }, 'Audit log'),
    notice(
      'note',
      'Reading is recorded',
      h('p', {}, 'Each look at this list, and each download, leaves an entry with your name.'),
    ),
    form,
    h(
      'div',
      { class: 'scrolled', role: 'region', 'aria-label': 'Entries', tabindex: 0 },
      h('table', { class: 'entries' }, caption, head(), body),
    ),
    more,
  ];
}

function filters(search: () => void): HTMLFormElement {
  const form: HTMLFormElement = h(
    'form',
    { class: 'filters', 'aria-label': 'Which entries' },
    choice('kind', 'Kind', KINDS),
    choice('outcome', 'Outcome', OUTCOMES),
    field('actor', 'Actor', 'issuer|subject'),
    field('action', 'Action', 'payment.succeeded'),
    field('targetId', 'Id of what it is about'),
    field('requestId', 'Request id'),
    field('since', 'From (your time)', '', 'datetime-local'),
    field('until', 'Before (your time)', '', 'datetime-local'),
    h(
      'p',
      { class: 'actions' },
      h('button', { type: 'submit', class: 'button' }, 'Show'),
      button('Download CSV', () => download(form, 'csv'), { class: 'button second' }),
      button('Download JSON lines', () => download(form, 'jsonl'), { class: 'button second' }),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    search();
  });
  return form;
}

function field(name: string, label: string, placeholder = '', type = 'text'): HTMLElement {
  const input = h('input', { id: name, name, type, placeholder, autocomplete: 'off', spellcheck: 'false' });
  return h('div', {}, h('label', { for: name }, label), input);
}

function choice(name: string, label: string, options: Record<string, string>): HTMLElement {
  const any = h('option', { value: '' }, 'All');
  const all = Object.entries(options).map(([value, text]) => h('option', { value }, text));
  return h('div', {}, h('label', { for: name }, label), h('select', { id: name, name }, any, ...all));
}

/** What is filled in; a time of the reader's zone as the moment that it is. */
function queryOf(form: HTMLFormElement): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const text = typeof value === 'string' ? value.trim() : '';
    if (text === '') continue;
    query.set(name, name === 'since' || name === 'until' ? new Date(text).toISOString() : text);
  }
  return query;
}

function head(): HTMLElement {
  const names = ['Time (UTC)', 'Kind', 'Actor', 'Action', 'What', 'Outcome', 'Sealed in', 'More'];
  return h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name))));
}

function rowOf(entry: Entry): HTMLElement {
  const what = entry.targetId ? `${entry.targetType} ${entry.targetId}` : '–';
  const more = JSON.stringify(
    { position: entry.position, id: entry.id, ...entry.origin, ...entry.details },
    null,
    2,
  );
  const time = entry.occurredAt.replace('T', ' ').replace('Z', '');
  return h(
    'tr',
    {},
    h('td', {}, h('time', { datetime: entry.occurredAt }, time)),
    h('td', { class: 'nowrap' }, KINDS[entry.kind]),
    h('td', {}, entry.actor),
    h('td', { class: 'nowrap' }, entry.action),
    h('td', {}, what),
    h('td', {}, badge(entry.outcome)),
    h('td', { class: 'nowrap' }, entry.batch === null ? 'not yet' : `batch ${entry.batch}`),
    h('td', {}, h('details', {}, h('summary', {}, 'Details'), h('pre', {}, more))),
  );
}

function badge(outcome: string): HTMLElement {
  const tone = outcome === 'succeeded' ? 'good' : outcome === 'refused' ? 'waiting' : 'bad';
  return h('span', { class: `badge ${tone}` }, OUTCOMES[outcome as keyof typeof OUTCOMES]);
}

/** A link cannot carry the token, so the file is fetched and handed to the browser. */
async function download(form: HTMLFormElement, format: 'csv' | 'jsonl'): Promise<void> {
  const answer = await fetch(`/v1/audit-entries.${format}?${queryOf(form)}`, {
    headers: { authorization: `Bearer ${tokenOf()}` },
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(EXPORT_PATIENCE_MS),
  }).catch(() => {
    throw new Unreachable('No answer came. Check your connection and try again.');
  });
  if (!answer.ok) throw await problemOf(answer);
  const address = URL.createObjectURL(await answer.blob());
  h('a', { href: address, download: `audit-entries.${format}` }).click();
  URL.revokeObjectURL(address);
}
