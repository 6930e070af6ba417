import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines } from './state/json-lines.js';
import type { JournalLine } from './state/account.js';
import type { LedgerEntry } from './state/ledger.js';

/** What became of one reference's money, in the currency's smallest unit. */
interface Sum {
  reference: string;
  currency: string;
  pending: number;
  authorized: number;
  charged: number;
  refunded: number;
  disputed: number;
  failed_attempts: number;
  charges: string[];
}

export interface LedgerQuestion {
  dataFolder: string;
  /** The metadata key that holds the caller's own reference; without it, the payment intent is the reference. */
  by?: string;
  account?: string;
  isJson: boolean;
}

/** `npm run sandbox -- ledger`: reads the file alone, whether the sandbox runs or not. */
export function printLedger(question: LedgerQuestion): string {
  const sums = sumsOf(entriesOf(question), question.by);
  if (question.isJson) return sums.map((sum) => JSON.stringify(sum) + '\n').join('');
  const columns = [
    'reference',
    'currency',
    'charged',
    'refunded',
    'disputed',
    'pending',
    'authorized',
    'failed_attempts',
    'charges',
  ] as const;
  const rows = sums.map((sum) => columns.map((column) => String(sum[column])));
  const widths = columns.map((name, place) =>
    Math.max(name.length, ...rows.map((row) => row[place]!.length)),
  );
  return [columns, ...rows]
    .map((row) =>
      row
        .map((cell, place) => cell.padEnd(widths[place]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

/** Half a line at the end is what a killed process did not finish: it does not count. */
function entriesOf({ dataFolder, account }: LedgerQuestion): LedgerEntry[] {
  const path = join(dataFolder, 'ledger.jsonl');
  if (!existsSync(path)) return [];
  const file = openSync(path, 'r');
  const byAccount = new Map<string, LedgerEntry[]>();
  for (const line of jsonLines<JournalLine>(file)) {
    if (account && line.account !== account) continue;
    const entries = (!line.reset && byAccount.get(line.account)) || [];
    if (line.ledger) entries.push(...line.ledger);
    byAccount.set(line.account, entries);
  }
  closeSync(file);
  return [...byAccount.values()].flat();
}

function sumsOf(entries: LedgerEntry[], by: string | undefined): Sum[] {
  // A refund's metadata is its own: its reference is that of the charge.
  const references = new Map<string, string>();
  const sums = new Map<string, Sum>();
  for (const entry of entries) {
    const own = by ? entry.metadata[by] : entry.payment_intent;
    const reference = references.get(entry.charge) ?? own ?? entry.payment_intent ?? entry.charge;
    references.set(entry.charge, reference);
    const key = `${reference} ${entry.currency}`;
    const sum = sums.get(key) ?? newSum(reference, entry.currency);
    sums.set(key, sum);
    add(sum, entry);
  }
  return [...sums.values()];
}

function add(sum: Sum, { type, amount, charge }: LedgerEntry): void {
  if (!sum.charges.includes(charge)) sum.charges.push(charge);
  switch (type) {
    case 'charge.pending':
      sum.pending += amount;
      break;
    case 'charge.succeeded':
      sum.charged += amount;
      sum.pending = Math.max(0, sum.pending - amount);
      break;
    case 'charge.failed':
      sum.failed_attempts += 1;
      sum.pending = Math.max(0, sum.pending - amount);
      break;
    case 'charge.authorized':
      sum.authorized += amount;
      break;
    case 'charge.captured':
      sum.charged += amount;
      sum.authorized -= amount;
      break;
    case 'charge.released':
      sum.authorized -= amount;
      break;
    case 'refund.created':
      sum.refunded += amount;
      break;
    case 'refund.failed':
      sum.refunded -= amount;
      break;
    case 'dispute.withdrawn':
      sum.disputed += amount;
      break;
    case 'dispute.reinstated':
      sum.disputed -= amount;
      break;
    default:
      break; // opened, closed, warned: no money moved
  }
}

function newSum(reference: string, currency: string): Sum {
  const nothing = { pending: 0, authorized: 0, charged: 0, refunded: 0, disputed: 0, failed_attempts: 0 };
  return { reference, currency, ...nothing, charges: [] };
}
