import { TOLD_BY_ADYEN } from '../adyen/notifications.js';
import { addEndpoint } from '../api/webhook-endpoints.js';
import { TOLD_BY_BRAINTREE } from '../braintree/notifications.js';
import { settingsOf } from '../behaviour/settings.js';
import { visible } from '../state/changes.js';
import { randomLetters } from '../state/ids.js';
import type { LedgerEntry } from '../state/ledger.js';
import type { Settings } from '../state/resources.js';
import { invalidRequest } from '../wire/errors.js';
import { type Body, choiceOf, numberOf, textOf, type Controls } from './ask.js';

/** Clients end a call that is not answered for five minutes, or sooner; what takes longer is asked for again. */
const WAIT_MS_MAX = 60_000;

/** The sandbox itself: its clock, its ledger, what it sends. */
export const sandboxControls: Controls = {
  'POST /_sandbox/reset': async ({ sandbox, changes, account }) => {
    account.faults.clear();
    await sandbox.commit(changes, { reset: true });
    return { account: account.id, reset: true };
  },

  'GET /_sandbox/ledger': ({ account, body }) => ({ data: partOf(account.ledger, body) }),

  /** Money that moved before anybody looked: entries alone, without the objects that they are about. */
  'POST /_sandbox/ledger': async ({ sandbox, changes, account, body }) => {
    const { entries } = body;
    if (!Array.isArray(entries)) throw invalidRequest('entries must be a list.', undefined, 'entries');
    const ledger = entries.map((entry) => ({ ...(entry as LedgerEntry), account: account.id }));
    await sandbox.commit(changes, { ledger });
    return { added: ledger.length };
  },
  'GET /_sandbox/requests': ({ account }) => ({ data: account.requests.all() }),

  'GET /_sandbox/clock': ({ account }) => clockOf(account.nowMs(), account.clockAheadMs),

  'POST /_sandbox/clock': async ({ sandbox, account, body }) => {
    await sandbox.clock.advance(account, advanceMs(textOf(body, 'advance') ?? ''));
    return clockOf(account.nowMs(), account.clockAheadMs);
  },

  'POST /_sandbox/settings': ({ changes, body }) => {
    const settings: Settings = { ...settingsOf(changes) };
    settings.searchLagSeconds = numberOf(body, 'search_lag_seconds') ?? settings.searchLagSeconds;
    if (body.microdeposit_type !== undefined) {
      settings.microdepositType = choiceOf(body, 'microdeposit_type', ['amounts', 'descriptor_code']);
    }
    return changes.save(settings);
  },

  /** Told in Stripe's words, with a username and a password in Adyen's, or with a public key in Braintree's. */
  'POST /_sandbox/webhook-endpoints': ({ changes, body }) => {
    const secret = textOf(body, 'secret') ?? `whsec_${randomLetters(32)}`;
    const username = textOf(body, 'username');
    const adyen = username !== undefined && { username, password: textOf(body, 'password') ?? '' };
    const publicKey = textOf(body, 'public_key');
    const braintree = publicKey !== undefined && { publicKey };
    const usual = adyen ? TOLD_BY_ADYEN : braintree ? TOLD_BY_BRAINTREE : ['*'];
    const enabledEvents = Array.isArray(body.enabled_events) ? body.enabled_events.map(String) : usual;
    const url = textOf(body, 'url') ?? '';
    const endpoint = addEndpoint(changes, {
      url,
      secret,
      enabledEvents,
      ...(adyen && { adyen }),
      ...(braintree && { braintree }),
    });
    return { ...visible(endpoint), secret };
  },

  'GET /_sandbox/deliveries': ({ account }) => ({ data: account.all('sandbox.delivery') }),

  /** Answers when nothing is left to be sent, later retries aside, or after a minute: then it is not done. */
  'POST /_sandbox/deliveries/wait': async ({ account, sandbox }) => ({
    is_done: await sandbox.webhooks.idle(account, WAIT_MS_MAX),
  }),

  /** The oldest first, however old: what Stripe's own list says only a hundred at a time, and newest first. */
  'GET /_sandbox/events': ({ account, body }) => ({ data: partOf(account.all('event'), body) }),

  /** Sends an event again, to every endpoint that would get it: the same id, a new signature. */
  'POST /_sandbox/events/:id/resend': ({ changes, id }) => ({ data: changes.send(changes.get('event', id)) }),
};

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ADVANCE_MS_MAX = 366 * 86_400_000;

/** "90s", "15m", "26h", "4d" */
function advanceMs(text: string): number {
  const [, count, unit = ''] = /^(\d+)\s*([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? NaN);
  if (ms <= ADVANCE_MS_MAX) return ms;
  throw invalidRequest('advance must say how far, up to a year: 90s, 15m, 26h or 4d.', undefined, 'advance');
}

function clockOf(nowMs: number, aheadMs: number) {
  return { now: new Date(nowMs).toISOString(), ahead_seconds: Math.round(aheadMs / 1_000) };
}

/** `from` says how many are left out, `limit` how many there may be. */
function partOf<T>(all: T[], body: Body): T[] {
  const from = numberOf(body, 'from') ?? 0;
  return all.slice(from, from + (numberOf(body, 'limit') ?? Infinity));
}
