// The second half of `npm run security`: an instance that is configured for production is judged over its own TLS with the tools
// of those who look from outside. Ends with 1 when one of them finds something, with 2 when one is not installed.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInProduction } from './production.ts';
import { SCANS, toolsMissing } from './scans.ts';

const missing = await toolsMissing();
if (missing.length > 0) {
  console.error(`Not installed: ${missing.join(', ')}. On Debian: apt-get install -y ${missing.join(' ')}`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-outside-'));
await chmod(folder, 0o755); // PostgreSQL runs as another user
let isWrong = false;
try {
  const instance = await startInProduction(folder);
  for (const [what, scan] of Object.entries(SCANS)) {
    const found = await scan(instance);
    console.log(`${found.length === 0 ? 'yes' : 'NO '} ${what}`);
    for (const one of found) console.log(`      ${one}`);
    isWrong ||= found.length > 0;
  }
  await instance.stop();
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(isWrong ? 1 : 0);
