import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, stop } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const ALL = 'all.mjs';
/** Loaded only where their gateway is used; the first is as large as all others together. */
const LEFT_OUT = ['@adyen/api-library', 'braintree'];
/** Needs nothing of the others, and is all that many tests of the sandbox load: a file of its own. */
const ALONE = ['stripe'];
/** What a file says of itself when it looks for what lies beside it. */
const SELF = /(?<![\w.$'"])(?:__dirname|__filename|import\.meta\.(?:url|dirname|filename))\b(?!\s*=[^=])/g;

/** What tests start of our own. */
const PROGRAMS = ['main.js', 'payments.main.js', 'cli.js'];
/** Only regular expressions hold them in what esbuild writes. V8 keeps a text without any in half the bytes, and reads it faster. */
const NOT_ASCII = /[^\x00-\x7f]/g;

/**
 * The libraries that the programs use, as they are in node_modules, written into one file. They are three thousand modules: every
 * file of tests and every program that a test starts would spend most of its first second on finding and compiling them.
 * The built programs, six hundred modules more, are written into a few files beside it. `npm start` and the image know nothing of this.
 *
 * Answers where each import leads instead, `pg` to a file that hands on what the one file has of it; and what a program loads first
 * to be led there.
 */
export async function librariesInOneFile() {
  const names = await importedLibraries();
  const folder = join(ROOT, 'node_modules/.cache/tokenkeep', await fingerprint(names));
  const files = new Map(names.map((name) => [name, join(folder, `${name.replace(/[@/]/g, '_')}.mjs`)]));
  await inFolder(folder, (making) => writeAll(files, making));
  return { files, hook: await hookFor(files, folder) };
}

/** Made once, and there as a whole or not at all. */
async function inFolder(folder, write) {
  if (await readdir(folder).catch(() => null)) return;
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  await write(making);
  await stop(); // esbuild's own process
  await rename(making, folder).catch(() => rm(making, { recursive: true })); // somebody else was faster
}

/** What our code imports of the packages that a production install has. */
async function importedLibraries() {
  const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const names = new Set();
  for (const folder of ['src', 'test/support', 'test/flows', 'test/promises'])
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }))
      if (entry.name.endsWith('.ts')) {
        const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
        for (const [, name] of text.matchAll(/^(?:import|export|\}).*?(?:from )?'([^'.][^']*)';$/gm)) {
          const named = name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/');
          if (named in dependencies && !LEFT_OUT.includes(named)) names.add(name);
        }
      }
  return [...names].sort();
}

/** Changes with any version, with the place, with what is imported and with this file. */
async function fingerprint(names) {
  const hash = createHash('sha256').update([ROOT, ...names].join());
  for (const path of [join(ROOT, 'package-lock.json'), import.meta.filename])
    hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

/** Our programs as they were built last, beside the libraries. */
async function hookFor(files, libraries) {
  const dist = join(ROOT, 'dist');
  const built = (await readdir(dist, { recursive: true }).catch(() => [])).filter(
    (path) => path.endsWith('.js') && !path.startsWith('bench'),
  );
  const hash = createHash('sha256');
  for (const path of built.sort()) hash.update(path).update(await readFile(join(dist, path)));
  const folder = join(libraries, `programs-${hash.digest('hex').slice(0, 16)}`);
  const programs = PROGRAMS.filter((name) => built.includes(name));
  await inFolder(folder, async (making) => {
    await bundle({
      entryPoints: programs.map((name) => join(dist, name)),
      outdir: making,
      splitting: true, // what they have in common, and what is loaded only where it is used
      packages: 'external',
    });
    const places = [
      ...[...files].map(([name, file]) => [name, relative(folder, file)]),
      ...programs.map((name) => [pathToFileURL(join(dist, name)).href, `./${name}`]),
    ];
    await writeFile(join(making, 'hook.mjs'), hookOf(places));
  });
  return join(folder, 'hook.mjs');
}

async function writeAll(files, making) {
  const exported = await exportsOf([...files.keys()]);
  const together = [];
  for (const [index, [name, file]] of [...files].entries()) {
    const own = (it) => `of${index}_${it}`;
    const list = (say) => exported[index].map(say).join(', ');
    const place = join(making, basename(file));
    if (ALONE.includes(name)) {
      await bundleText(`export { ${list((it) => it)} } from '${name}';`, place);
    } else {
      together.push(`import '${name}'; export { ${list((it) => `${it} as ${own(it)}`)} } from '${name}';`);
      await writeFile(place, `export { ${list((it) => `${own(it)} as ${it}`)} } from './${ALL}';\n`);
    }
  }
  await bundleText(together.join('\n'), join(making, ALL));
}

function bundleText(contents, outfile) {
  return bundle({ stdin: { contents, resolveDir: ROOT }, outfile });
}

async function bundle(what) {
  const require = `requireOf(${JSON.stringify(join(ROOT, 'package.json'))})`;
  const { outputFiles } = await build({
    ...what,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true, // each file of tests reads and keeps it anew
    minifyWhitespace: true, // not the names: each that changed would be set again at each start
    legalComments: 'none', // nobody is given these files
    keepNames: true, // Nest finds providers, and we log errors, by the names of classes
    logLevel: 'error',
    banner: { js: `import { createRequire as requireOf } from 'node:module'; const require = ${require};` },
    plugins: [optionalLibraries, filesKnowTheirPlace],
  });
  for (const { path, text } of outputFiles) await writeFile(path, text.replace(NOT_ASCII, escaped));
}

function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The names that each exports, which for CommonJS only Node knows. */
async function exportsOf(names) {
  const program = `${names.map((name, index) => `import * as of${index} from '${name}';`).join('\n')}
    console.log(JSON.stringify([${names.map((_, index) => `Object.keys(of${index})`)}]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
  });
  return JSON.parse(stdout).map((all) => all.filter((name) => /^[\w$]+$/.test(name))); // not 'module.exports'
}

/** A library that is not installed is asked for at run time, and found missing, as ever. */
const optionalLibraries = {
  name: 'optional-libraries',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...how }) => {
      if (pluginData?.isAsked) return;
      const found = await resolve(path, { ...how, pluginData: { isAsked: true } });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

const filesKnowTheirPlace = {
  name: 'files-know-their-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const own = {
        __dirname: dirname(path),
        __filename: path,
        'import.meta.url': pathToFileURL(path).href,
        'import.meta.dirname': dirname(path),
        'import.meta.filename': path,
      };
      return { contents: text.replace(SELF, (name) => JSON.stringify(own[name])) };
    });
  },
};

/** Loaded first by a program, leads its imports there and keeps what V8 has compiled. */
function hookOf(places) {
  return `import { enableCompileCache, registerHooks } from 'node:module';
enableCompileCache(new URL('compiled', import.meta.url).pathname);
const places = new Map(${JSON.stringify(places)}.map(([name, file]) => [name, new URL(file, import.meta.url).href]));
registerHooks({
  resolve(name, context, next) {
    const url = places.get(name);
    return url ? { url, format: 'module', shortCircuit: true } : next(name, context);
  },
});
`;
}
