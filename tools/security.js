// The first half of npm run security: what the sources and the packages say of themselves. Writes dist/sbom.cdx.json, the list of all that
// is installed in production (CycloneDX). --offline leaves out the question to the registry for known weaknesses.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const REGISTRY = 'https://registry.npmjs.org/';
/** Permissive ones: they ask for nothing but their own text. */
const LICENCES = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'MIT-0',
  'Unlicense',
  'CC0-1.0',
  'Python-2.0',
  'MIT AND ISC',
]);
/** Keys that the linter of secrets does not know: live keys of gateways, and the secrets of their webhooks. */
const LIVE_KEYS =
  '(sk|rk|pk)_live_[0-9A-Za-z]{16,}|whsec_[0-9A-Za-z+/]{32,}|AQE[0-9A-Za-z]{3,}\\^|access_token\\$production\\$';
/** The secret that the specification of Standard Webhooks shows; the settings show it as their example. */
const PUBLISHED = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const { packages } = readJson('package-lock.json');
const { allowScripts } = readJson('package.json');

const CHECKS = {
  'no secret is in the sources': async () => {
    const { stdout } = await run(
      'npx',
      ['--no-install', 'secretlint', '--secretlintignore', '.gitignore', '**/*', '.*'],
      [0, 1],
    );
    const keys = await run('git', ['grep', '-nEI', LIVE_KEYS, '--', ':!tools/security.js'], [0, 1]);
    return [stdout, keys.stdout]
      .flatMap(lines)
      .filter((line) => /error|:\d+:/.test(line) && !line.includes(PUBLISHED));
  },
  // Where nothing is said of where it comes from, it is the registry that npm is set to; the digest tells whether it is the same.
  'every package comes from the registry, with a digest of what it must be': () =>
    installed()
      .filter(
        ([, { resolved = REGISTRY, integrity = '' }]) =>
          !resolved.startsWith(REGISTRY) || !integrity.startsWith('sha512-'),
      )
      .map(([name]) => name),
  'only the packages that are named run scripts when they are installed': () =>
    installed()
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
      .filter((name) => allowScripts[name] === undefined),
  'every package of production has a licence that asks for nothing': () =>
    installed()
      .filter(([, { dev, devOptional, license }]) => !dev && !devOptional && !LICENCES.has(license))
      .map(([path, { license }]) => `${path}: ${license}`),
  'no package of production has a known grave weakness': async () => {
    if (process.argv.includes('--offline')) return [];
    const { stdout } = await run('npm', ['audit', '--omit=dev', '--json'], [0, 1]);
    const { vulnerabilities, message } = JSON.parse(stdout);
    if (!vulnerabilities) return [`the registry did not say: ${message}`];
    return Object.values(vulnerabilities)
      .filter(({ severity }) => severity === 'high' || severity === 'critical')
      .map(({ name, severity }) => `${name}: ${severity}`);
  },
};

let isWrong = false;
for (const [what, check] of Object.entries(CHECKS)) {
  const found = await check();
  console.log(`${found.length === 0 ? 'yes' : 'NO '} ${what}`);
  for (const one of found) console.log(`      ${one}`);
  isWrong ||= found.length > 0;
}
mkdirSync(join(root, 'dist'), { recursive: true });
const { stdout: sbom } = await run('npm', [
  'sbom',
  '--sbom-format',
  'cyclonedx',
  '--omit',
  'dev',
  '--package-lock-only',
]);
writeFileSync(join(root, 'dist/sbom.cdx.json'), sbom);
console.log(`dist/sbom.cdx.json: ${JSON.parse(sbom).components.length} packages`);
process.exitCode = isWrong ? 1 : 0;

function installed() {
  return Object.entries(packages).filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle);
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}

function lines(text) {
  return text.split('\n').map((line) => line.trim());
}

async function run(command, args, codes = [0]) {
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1' } };
  return promisify(execFile)(command, args, options).catch((error) => {
    if (codes.includes(error.code)) return error;
    throw error;
  });
}
