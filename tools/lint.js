// The lint of this repository, and the only command that CI trusts: npm run check:lint
//
// Three things that plain `eslint .` would let pass: ESLint 10 does not read a file named .eslintrc.js unless told;
// comments in the code must not switch a rule off; and eslint-plugin-boundaries only warns on stderr about settings it
// does not understand, and then checks less. There is no --cache: after an alias in package.json changes, a cached run
// stays green. Arguments are passed on: `npm run check:lint -- --format json`, which answers with one line for each half.
//
// The halves of .eslintrc.js run side by side, because the rules that need types take twice as long as all others.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const eslint = join(root, 'node_modules', 'eslint', 'bin', 'eslint.js');
const HALVES = [
  { config: 'tools/eslint.boundary.js', over: ['.'] },
  { config: 'tools/eslint.quality.js', over: ['src', 'test'] },
];
const strict = ['--no-inline-config', '--max-warnings', '0', '--no-error-on-unmatched-pattern'];

// ESLINT_PLUGIN_BOUNDARIES_ROOT_PATH and its like would override the configuration from outside.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('ESLINT_')),
);

const codes = await Promise.all(HALVES.map(run));
process.exitCode = Math.max(...codes);

/** Lints one half, and tells what it found when it has ended, so that the halves do not talk over each other. */
function run({ config, over }) {
  const lint = spawn(
    process.execPath,
    [eslint, '--config', config, ...strict, ...process.argv.slice(2), ...over],
    { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const found = textOf(lint.stdout);
  const complaints = textOf(lint.stderr);
  return new Promise((resolve) => {
    lint.on('close', (code) => {
      process.stdout.write(found());
      process.stderr.write(complaints());
      const wallIsDoubtful = complaints().includes('[boundaries][warning]');
      if (wallIsDoubtful)
        console.error(
          'lint: the boundaries plugin warned about its own configuration, so the wall may have a gap',
        );
      resolve(wallIsDoubtful ? 1 : (code ?? 1));
    });
  });
}

function textOf(stream) {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (more) => (text += more));
  return () => text;
}
