import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** What a page consists of; other files in its folder (sources, maps) are not served. */
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  type: string;
  body: Buffer;
}

/** The files of a page, read once at the start: they are few and small, and the same until the next release. */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();
  /** Changes whenever a file does: part of the address, so that what a browser keeps is never old. */
  readonly version: string;

  constructor(folder: string) {
    const hash = createHash('sha256');
    for (const name of readdirSync(folder).sort()) {
      const type = TYPES[extname(name)];
      if (!type) continue;
      const body = readFileSync(join(folder, name));
      this.#files.set(name, { type, body });
      hash.update(name).update('\0').update(body);
    }
    this.version = hash.digest('hex').slice(0, 12);
  }

  find(name: string): PageFile | undefined {
    return this.#files.get(name);
  }
}
