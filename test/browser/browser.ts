import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

/** Nothing but the pages that the tests open: no updates, no lists, no telemetry. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

const UNPACK = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
const PACKAGE = join(import.meta.dirname, '../../node_modules/@sparticuz/chromium/package.json');

/**
 * A real Chromium. On Linux x64 it is the one inside the npm package, which brings its libraries along for a machine
 * that has none; elsewhere the installed Chrome. Without one the tests fail: a browser test that is skipped says nothing.
 */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return chromium.launch({ channel: 'chrome', args: QUIET });
  const { executable, environment } = await packagedChromium();
  return chromium.launch({
    executablePath: executable,
    args: QUIET,
    env: { ...process.env, ...environment },
  });
}

interface Packaged {
  executable: string;
  environment: Record<string, string>;
}

async function packagedChromium(): Promise<Packaged> {
  const folder = await unpacked();
  const executable = join(folder, 'chromium');
  const environment = { FONTCONFIG_PATH: join(folder, 'fonts') };
  if (await starts(executable)) return { executable, environment };
  return { executable, environment: { ...environment, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') } };
}

/** Unpacked once per version and user, in a folder that appears whole: several test processes may want it at once. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `tokenkeep-chromium-${version}-${userInfo().uid}`);
  if (existsSync(join(folder, 'chromium'))) return folder;

  const fresh = await mkdtemp(join(tmpdir(), 'tokenkeep-chromium-'));
  // The package unpacks to the temporary folder of its process, and its libraries only where it believes to be on Amazon's Linux.
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', UNPACK], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  });
  await writeFile(join(fresh, 'fonts', 'fonts.conf'), fontsIn(folder)); // the package's own looks for them in /tmp/fonts
  try {
    await rename(fresh, folder);
  } catch (error) {
    if (!existsSync(join(folder, 'chromium'))) throw error;
    await rm(fresh, { recursive: true }); // another process was first
  }
  return folder;
}

/** Without a font every text has no height, and counts as hidden. */
function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`;
}

/** Whether the machine has the libraries that Chromium needs. */
async function starts(executable: string): Promise<boolean> {
  return promisify(execFile)(executable, ['--version']).then(
    () => true,
    () => false,
  );
}
