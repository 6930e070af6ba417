import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { PlatformConfig } from '../../platform/platform.config.js';
import { PaymentsConfig } from '../payments.config.js';
import { type BatchSeal, headAfter } from './audit-batch.js';

/** A batch as it was when it was sealed, kept where nobody who can write to the database can write. */
export interface Anchor {
  number: number;
  entries: number;
  lastPosition: string;
  hash: string;
  signature: string;
  keyName: string;
  sealedAt: string;
}

/** Of the file of one day, in UTC: a day that is over can be made unwritable. */
const FILE = /^\d{4}-\d{2}-\d{2}\.jsonl$/;

/** Writes the head of the audit log outside the database: a line in the log always, and a line in a folder. */
@Injectable()
export class AuditAnchors {
  private readonly logger = new Logger('AuditAnchor');
  readonly #folder: string | null;

  constructor(platform: PlatformConfig, payments: PaymentsConfig) {
    const place = payments.PAYMENTS_AUDIT_ANCHORS ?? join(platform.DATA_FOLDER, 'audit-anchors');
    this.#folder = place === 'log' ? null : place;
  }

  /** Where `read` looks when it is not told; null when anchors go to the log only. */
  get folder(): string | null {
    return this.#folder;
  }

  async write(batch: BatchSeal): Promise<void> {
    const { number, entries, lastPosition, hash } = headAfter(batch);
    const anchor: Anchor = {
      number,
      entries,
      lastPosition,
      hash: hash.toString('hex'),
      signature: batch.signature.toString('base64'),
      keyName: batch.keyName,
      sealedAt: batch.sealedAt.toISOString(),
    };
    this.logger.log({ anchor }, 'audit anchor');
    if (!this.#folder) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = join(this.#folder, `${anchor.sealedAt.slice(0, 'yyyy-mm-dd'.length)}.jsonl`);
    await appendFile(file, `${JSON.stringify(anchor)}\n`, { mode: 0o600, flush: true });
  }

  /** All of a folder, by their numbers. A line that was cut off by a crash is left out; so is one written twice. */
  async read(folder: string): Promise<Anchor[]> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => FILE.test(name)).sort();
    const anchors = new Map<string, Anchor>();
    for (const name of names)
      for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
        const anchor = anchorIn(line);
        if (anchor) anchors.set(`${anchor.number} ${anchor.hash}`, anchor);
      }
    return [...anchors.values()].sort((one, other) => one.number - other.number);
  }
}

function anchorIn(line: string): Anchor | null {
  try {
    const anchor = JSON.parse(line) as Anchor;
    return Number.isSafeInteger(anchor.number) ? anchor : null;
  } catch {
    return null;
  }
}
