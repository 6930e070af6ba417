import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret in the data folder, made on first use, so that development needs no setting for it. */
export function developmentSecret(folder: string, name: string, make: () => string): string {
  const file = join(folder, name);
  const unfinished = `${file}.${randomUUID()}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(unfinished, make(), { mode: 0o600 });
  try {
    linkSync(unfinished, file); // whole or not at all, and never over one that is there
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished);
  }
  return readFileSync(file, 'utf8').trim();
}
