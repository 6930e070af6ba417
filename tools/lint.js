// The lint of this repository, and the only command that CI trusts: npm run check:lint
//
// Three things that plain `eslint .` would let pass: ESLint 10 does not read a file named .eslintrc.js unless told;
// comments in the code must not switch a rule off; and eslint-plugin-boundaries only warns on stderr about settings it
// does not understand, and then checks less. There is no --cache: after an alias in package.json changes, a cached run
// stays green. Arguments are passed on: `npm run check:lint -- --format json`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const eslint = join(root, 'node_modules', 'eslint', 'bin', 'eslint.js');
const strict = ['--config', '.eslintrc.js', '--no-inline-config', '--max-warnings', '0'];

// ESLINT_PLUGIN_BOUNDARIES_ROOT_PATH and its like would override the configuration from outside.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('ESLINT_')),
);

const lint = spawn(process.execPath, [eslint, ...strict, ...process.argv.slice(2), '.'], {
  cwd: root,
  env: environment,
  stdio: ['ignore', 'inherit', 'pipe'],
});

let complaints = '';
lint.stderr.setEncoding('utf8');
lint.stderr.on('data', (text) => {
  complaints += text;
  process.stderr.write(text);
});

lint.on('close', (code) => {
  const wallIsDoubtful = complaints.includes('[boundaries][warning]');
  if (wallIsDoubtful)
    console.error(
      'lint: the boundaries plugin warned about its own configuration, so the wall may have a gap',
    );
  process.exitCode = wallIsDoubtful ? 1 : (code ?? 1);
});
