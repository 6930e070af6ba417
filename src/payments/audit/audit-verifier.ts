import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { type Anchor, AuditAnchors } from './audit-anchors.js';
import {
  type Batch,
  batchesAfter,
  entriesBetween,
  type Head,
  headAfter,
  headerOf,
  idOf,
  NO_BATCH,
  type SealedEntry,
} from './audit-batch.js';
import { AuditKeys } from './audit-keys.js';
import { HASH_BYTES, rootOf } from './hash-tree.js';

/** A few megabytes at a time, however large or small the batches are. */
const PAGE = { batches: 50, entries: 10_000 };
/** Read at the same time: PostgreSQL writes down two pages on two connections while a third is hashed. */
const PAGES_AHEAD = 2;

interface Page {
  batches: Batch[];
  /** The position that its first entry stands behind. */
  after: string;
}

/** The first thing that does not fit, in the order of the log. */
export interface BadEntry {
  batch: number;
  /** Its place in the log, from 1 on; null when a whole batch or an anchor does not fit. */
  number: number | null;
  position: string | null;
  id: string | null;
  reason: string;
}

export interface AuditVerification {
  outcome: 'intact' | 'tampered';
  firstBad: BadEntry | null;
  entriesVerified: number;
  batchesVerified: number;
  anchorsCompared: number;
  /** Up to which entry somebody who rewrites the whole database would be found out. */
  anchoredEntries: number;
  /** Entries after the last seal: seconds old where the sealer runs. */
  entriesNotSealed: number;
  newestSeal: string | null;
  seconds: number;
  entriesPerSecond: number;
}

/** Also what somebody slipped in below the first position there ever was. */
const BEFORE_ALL = String(-(2n ** 63n));

class Tampered extends Error {
  constructor(readonly bad: BadEntry) {
    super(bad.reason);
  }
}

/** Reads the whole audit log and says whether it is what was sealed, signed and anchored. Trusts no hash in the database. */
@Injectable()
export class AuditVerifier {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly keys: AuditKeys,
    private readonly anchors: AuditAnchors,
  ) {}

  async verify(
    progress: (entries: number) => void,
    anchorsFolder: string | null = this.anchors.folder,
  ): Promise<AuditVerification> {
    const begun = performance.now();
    const anchors = anchorsFolder ? await this.anchors.read(anchorsFolder) : [];
    const upTo = await this.lastPosition();
    let head = NO_BATCH;
    let newestSeal: string | null = null;
    let firstBad: BadEntry | null = null;
    try {
      for await (const { batch, entries } of this.inOrder()) {
        this.verifyBatch(batch, head, anchors);
        verifyEntries(batch, entries);
        head = headAfter(batch);
        newestSeal = batch.sealedAt.toISOString();
        progress(head.entries);
      }
      assertNoneLost(head, anchors);
    } catch (error) {
      if (!(error instanceof Tampered)) throw error;
      firstBad = error.bad;
    }
    const seconds = (performance.now() - begun) / 1_000;
    return {
      outcome: firstBad ? 'tampered' : 'intact',
      firstBad,
      entriesVerified: head.entries,
      batchesVerified: head.number,
      anchorsCompared: anchors.filter(({ number }) => number <= head.number).length,
      anchoredEntries: anchors.findLast(({ number }) => number <= head.number)?.entries ?? 0,
      entriesNotSealed: await this.countAfter(head.lastPosition, upTo),
      newestSeal,
      seconds: Math.round(seconds * 1_000) / 1_000,
      entriesPerSecond: Math.round(head.entries / seconds),
    };
  }

  /** Every batch with all entries in its range: the next pages are on their way while these are looked at. */
  private async *inOrder(): AsyncGenerator<{ batch: Batch; entries: SealedEntry[] }> {
    const pages = this.pages();
    const ahead = Array.from({ length: PAGES_AHEAD }, () => this.read(pages));
    for (;;) {
      const { batches, entries } = await ahead.shift()!;
      if (batches.length === 0) return;
      ahead.push(this.read(pages));
      let from = 0;
      for (const batch of batches) {
        let to = from;
        const lastOfBatch = BigInt(batch.lastPosition);
        while (to < entries.length && BigInt(entries[to]!.position) <= lastOfBatch) to++;
        yield { batch, entries: entries.slice(from, to) };
        from = to;
      }
    }
  }

  private read(pages: AsyncGenerator<Page>): Promise<{ batches: Batch[]; entries: SealedEntry[] }> {
    const reading = pages.next().then(async ({ done, value }) => {
      if (done) return { batches: [], entries: [] };
      const { batches, after } = value;
      // One more than the batches say: an entry that was slipped in is among them, or makes them too many.
      const expected = batches.reduce((total, { entries }) => total + entries, 0);
      const last = batches.at(-1)!.lastPosition;
      return { batches, entries: await entriesBetween(this.database, after, last, expected + 1) };
    });
    reading.catch(() => undefined); // awaited above, unless something bad was found first
    return reading;
  }

  /** So many batches at a time that their entries are one page. */
  private async *pages(): AsyncGenerator<Page> {
    let [number, after] = [NO_BATCH.number, BEFORE_ALL];
    for (;;) {
      const batches = await batchesAfter(this.database, number, PAGE);
      const last = batches.at(-1);
      if (!last) return;
      yield { batches, after };
      [number, after] = [last.number, last.lastPosition];
    }
  }

  private verifyBatch(batch: Batch, head: Head, anchors: Anchor[]): void {
    const bad = (reason: string): never => {
      throw new Tampered({ batch: batch.number, number: null, position: null, id: null, reason });
    };
    if (batch.number !== head.number + 1) {
      const number = head.number + 1;
      throw new Tampered({ ...nothing, batch: number, reason: `batch ${number} is missing` });
    }
    if (!batch.previousHash.equals(head.hash)) bad('the batch does not follow the one before it');
    if (batch.afterPosition !== head.lastPosition || batch.entriesBefore !== head.entries)
      bad('the batch does not begin where the one before it ends');
    const verified = this.keys.verify(batch.keyName, headerOf(batch), batch.signature);
    if (verified === null)
      bad(`the key ${batch.keyName} is not known here: give it by PAYMENTS_AUDIT_PUBLIC_KEYS`);
    if (!verified) bad('the signature is not right');
    const hash = headAfter(batch).hash.toString('hex');
    if (anchors.some((anchor) => anchor.number === batch.number && anchor.hash !== hash))
      bad('the batch is another than the one that was anchored');
  }

  private async lastPosition(): Promise<string> {
    const [last] = await this.database.query<[{ position: string | null }]>(
      `SELECT max(position) AS position FROM payments.audit_entry`,
    );
    return last.position ?? '0';
  }

  private async countAfter(position: string, upTo: string): Promise<number> {
    const [counted] = await this.database.query<[{ count: string }]>(
      `SELECT count(*) FROM payments.audit_entry WHERE position > $1 AND position <= $2`,
      [position, upTo],
    );
    return Number(counted.count);
  }
}

const nothing = { number: null, position: null, id: null };

/** Each entry against its sealed hash, and the hashes against the signed root. */
function verifyEntries(batch: Batch, entries: SealedEntry[]): void {
  const { leaves } = batch;
  if (leaves.length !== batch.entries * HASH_BYTES || !rootOf(leaves).equals(batch.root))
    throw new Tampered({
      ...nothing,
      batch: batch.number,
      reason: 'the list of hashes is not the sealed one',
    });
  if (Buffer.concat(entries.map(({ leaf }) => leaf)).equals(leaves)) return;

  const sealed = Array.from({ length: batch.entries }, (_, at) =>
    leaves.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
  for (let at = 0; at < Math.max(sealed.length, entries.length); at++) {
    const [expected, entry] = [sealed[at], entries[at]];
    if (entry && expected?.equals(entry.leaf)) continue;
    throw new Tampered({
      batch: batch.number,
      number: batch.entriesBefore + at + 1,
      position: entry?.position ?? null,
      id: entry ? idOf(entry) : null,
      reason: reasonAt(at, sealed, entries),
    });
  }
}

function reasonAt(at: number, sealed: Buffer[], entries: SealedEntry[]): string {
  const entry = entries[at];
  const before = entries[at - 1]?.position;
  if (!entry) return `the entry is missing${before ? `, after position ${before}` : ''}`;
  if (sealed[at + 1]?.equals(entry.leaf)) return `an entry is missing before this one`;
  if (!sealed[at] || entries[at + 1]?.leaf.equals(sealed[at]))
    return 'the entry was not there when it was sealed';
  return 'the entry is another than the sealed one';
}

/** Whoever cuts off the end of the log cannot cut off what is kept elsewhere. */
function assertNoneLost(head: Head, anchors: Anchor[]): void {
  const lost = anchors.find(({ number }) => number > head.number);
  if (!lost) return;
  throw new Tampered({
    ...nothing,
    batch: head.number + 1,
    number: head.entries + 1,
    reason: `the log ends here, and batch ${lost.number} with ${lost.entries} entries was anchored at ${lost.sealedAt}`,
  });
}
