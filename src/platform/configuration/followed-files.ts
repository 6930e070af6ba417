import { readFileSync } from 'node:fs';
import { Logger } from '@nestjs/common';

/** How often files are read again: keys and certificates are exchanged hours before the old ones end. */
const READ_AGAIN_MS = 10_000;

/**
 * Hands over what the files hold whenever it is something else than before; SIGHUP looks at once. What cannot be read or is refused
 * leaves everything as it was and is tried again: of two files, one is always written first. Files are read rather
 * than watched: a mounted secret is exchanged by a link somewhere above it.
 */
export function followFiles(
  label: string,
  paths: readonly string[],
  take: (contents: string[]) => void,
): () => void {
  const logger = new Logger('FollowedFiles');
  const read = () => paths.map((path) => readFileSync(path, 'utf8'));
  let known = read().join('\0');
  const look = () => {
    try {
      const contents = read();
      if (contents.join('\0') === known) return;
      take(contents);
      known = contents.join('\0');
      logger.log({ files: paths }, `${label} read again`);
    } catch (error) {
      logger.error({ files: paths, reason: (error as Error).message }, `${label} not exchanged`);
    }
  };
  const timer = setInterval(look, READ_AGAIN_MS).unref();
  process.on('SIGHUP', look);
  return () => {
    clearInterval(timer);
    process.off('SIGHUP', look);
  };
}
