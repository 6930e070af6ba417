import { closeSync, fdatasync, ftruncateSync, mkdirSync, openSync, write } from 'node:fs';
import { dirname } from 'node:path';
import { jsonLines } from './json-lines.js';

/**
 * The ledger file: one JSON line per call that changed something, appended and fsynced before the call is answered.
 * Lines that wait while the disk is busy share the next write and fsync, so that many calls at once cost few of them.
 */
export class Journal {
  private readonly file: number;
  private waiting: { line: string; done: (error: Error | null) => void }[] = [];
  private isWriting = false;

  constructor(readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a+', 0o600);
  }

  /**
   * The lines of earlier runs. A process killed while writing leaves half a line; nobody was told of what it says, so
   * it is cut off.
   */
  replay<T>(apply: (line: T) => void): void {
    const lines = jsonLines<T>(this.file);
    let next = lines.next();
    for (; !next.done; next = lines.next()) apply(next.value);
    ftruncateSync(this.file, next.value.wholeBytes);
  }

  /** Resolves once the line is on disk. */
  append(line: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error ? reject(error) : resolve());
      this.waiting.push({ line: JSON.stringify(line) + '\n', done });
      if (!this.isWriting) this.writeWaiting();
    });
  }

  /** Resolves once everything appended so far is on disk: an answer may only show what a crash cannot take back. */
  settled(): Promise<void> {
    if (!this.isWriting && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ line: '', done: (error) => (error ? reject(error) : resolve()) });
      if (!this.isWriting) this.writeWaiting();
    });
  }

  close(): void {
    closeSync(this.file);
  }

  private writeWaiting(): void {
    const group = this.waiting;
    if (group.length === 0) {
      this.isWriting = false;
      return;
    }
    this.waiting = [];
    this.isWriting = true;
    const finish = (error: Error | null): void => {
      for (const { done } of group) done(error);
      this.writeWaiting();
    };
    const bytes = Buffer.from(group.map(({ line }) => line).join(''));
    if (bytes.length === 0) return finish(null);
    this.writeAll(bytes, (error) => (error ? finish(error) : fdatasync(this.file, finish)));
  }

  /** The operating system may take a part of the bytes only. */
  private writeAll(bytes: Buffer, done: (error: Error | null) => void): void {
    write(this.file, bytes, (error, written) => {
      if (error) return done(error);
      if (written === bytes.length) return done(null);
      this.writeAll(bytes.subarray(written), done);
    });
  }
}
