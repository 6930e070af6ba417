import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { families, gaps, house, legal, type Case, type LegalUse } from './boundary-cases.js';
import { container, containerGaps, door } from './cases/run-time.js';
import { database } from './cases/run-time-database.js';
import { environment, environmentGaps } from './cases/run-time-environment.js';
import { ScratchTree, type Complaint, type LintRun } from './scratch-tree.js';

const REPOSITORY = join(import.meta.dirname, '../..');
const PAGE = join(REPOSITORY, 'docs/concepts/module-boundary.md');
const cases = families.flatMap((family) => family.cases);

describe('the wall in code', () => {
  let tree: ScratchTree;
  let run: LintRun;

  beforeAll(async () => {
    tree = await ScratchTree.create();
    await build(tree);
    await plant(tree, cases);
    run = await tree.lint();
  }, 120_000);

  afterAll(() => tree.remove());

  it.each(families)('$title: lint names every planted file', ({ cases: planted }) => {
    expect(unnoticed(planted, run.complaints)).toEqual([]);
  });

  it('lets every legal use pass', () => {
    expect(refusedLegally(legal, cases, run.complaints)).toEqual([]);
  });

  it('is silent about the ways that the page says it does not see', () => {
    const seen = run.complaints.filter(({ file }) => gaps.some((gap) => gap.file === file));

    expect(seen).toEqual([]);
  });

  it('fails the build', () => {
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toBe('');
  });
});

describe('the wall notices that it has a gap', () => {
  const CHARGES = legal.filter(({ file }) => file === 'src/billing/charges.ts');
  let tree: ScratchTree;

  beforeAll(async () => {
    tree = await ScratchTree.create({ only: 'boundary' });
    for (const file of ['src/payments/payments.contract.ts', 'src/payments/payment/payment.entity.ts'])
      await tree.write(file, house[file] ?? '');
    for (const { file, code } of CHARGES) await tree.write(file, code);
  });

  afterAll(() => tree.remove());

  it('passes the same few files when nothing is wrong', async () => {
    expect(await tree.lint()).toEqual({ exitCode: 0, complaints: [], stderr: '' });
  }, 60_000);

  it('fails without the resolver, which would see through no path at all', async () => {
    await tree.edit('.eslintrc.js', /^.*'import\/resolver'.*$/m, '');

    const blind = await tree.lint();

    expect(blind.exitCode).toBe(1);
    expect(refusedLegally(CHARGES, [], blind.complaints)).not.toEqual([]);
  }, 60_000);

  it('fails when the plugin only warns about a setting that it does not understand', async () => {
    const other = await ScratchTree.create({ only: 'boundary' });
    await other.edit('.eslintrc.js', "'dynamic-import'],", "'dynamicImport'],");
    await other.write('src/billing/clean.ts', 'export const clean = true;');

    const doubtful = await other.lint();
    await other.remove();

    expect(doubtful.complaints).toEqual([]);
    expect(doubtful.exitCode).toBe(1);
    expect(doubtful.stderr).toContain('[boundaries][warning]');
  }, 60_000);

  it('is not content with silence, nor with a complaint about something else', () => {
    const silence = unnoticed(cases, []);
    const beside = cases.map(({ file }) => ({ file, line: 1, rule: 'prefer-const', message: '' }));

    expect(silence).toHaveLength(cases.length);
    expect(unnoticed(cases, beside)).toHaveLength(cases.length);
  });
});

describe('the table of the wall', () => {
  it('names no file and no folder that is gone: whoever took its place would fall under another row', async () => {
    const rule = await readFile(join(REPOSITORY, '.eslintrc.js'), 'utf8');
    const places = [...rule.matchAll(/'((?:src|test|bench|tools)\/[^'\s]+)'/g)].map(([, place]) => place!);

    const named = places.flatMap(alternativesOf).filter((place) => !place.includes('*'));

    expect(named).toContain('src/payments/payments.contract.ts');
    expect(named.filter((place) => !existsSync(join(REPOSITORY, place)))).toEqual([]);
  });

  it('is asked for each alternative of a pattern by itself', () => {
    expect(alternativesOf('src/{a,b}/*.{c,d}.ts')).toEqual([
      ...['src/a/*.c.ts', 'src/a/*.d.ts'],
      ...['src/b/*.c.ts', 'src/b/*.d.ts'],
    ]);
  });
});

describe('the table of ways', () => {
  it('has no near-copies: every way has its own words, and its own file or line', () => {
    const ways = cases.map(({ way }) => way);
    const plants = cases.map(({ file, code }) => `${file}\n${code}`);

    expect(new Set(ways).size).toBe(ways.length);
    expect(new Set(plants).size).toBe(plants.length);
  });

  it('is what docs/concepts/module-boundary.md shows', async () => {
    const page = await readFile(PAGE, 'utf8');
    const current = page
      .replace(/(?<=<!-- ways -->\n)[^]*(?=\n<!-- \/ways -->)/, () => tableOfWays())
      .replace(/(?<=<!-- gaps -->\n)[^]*(?=\n<!-- \/gaps -->)/, () => tableOfGaps())
      .replace(/(?<=<!-- run-time -->\n)[^]*(?=\n<!-- \/run-time -->)/, () => tableOfRunTime())
      .replace(/(?<=<!-- run-time gaps -->\n)[^]*(?=\n<!-- \/run-time gaps -->)/, () => tableOfRunTimeGaps());
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(PAGE, current);

    const isCurrent = page === current || process.env['UPDATE_DOCS'] === '1';

    expect(isCurrent ? 'current' : 'UPDATE_DOCS=1 npm test -- test/architecture writes the page anew').toBe(
      'current',
    );
  });
});

function alternativesOf(pattern: string): string[] {
  const [whole, before, inside, after] = /^(.*?)\{([^{}]+)\}(.*)$/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  return inside!.split(',').flatMap((one) => alternativesOf(`${before!}${one}${after!}`));
}

async function build(tree: ScratchTree): Promise<void> {
  for (const [file, code] of Object.entries(house)) await tree.write(file, code);
  for (const { file, code } of [...legal, ...gaps]) await tree.write(file, code);
  await tree.offerPackage('braintree', 'declare const gateway: { name: string };\nexport default gateway;');
  await tree.offerPackage('@adyen/api-library', 'export declare class Client {}');
  // The two names that a package can give to its own files; both lead to src here.
  await tree.edit('package.json', '{', '{ "imports": { "#*": "./src/*" }, "exports": { "./*": "./src/*" },');
}

/** Each case in a file of its own; in a file that stands already, at its end. */
async function plant(tree: ScratchTree, planted: Case[]): Promise<void> {
  for (const [file, code] of Object.entries(textsOf(planted))) await tree.write(file, code);
  for (const { beside = {}, links = {} } of planted) {
    for (const [file, text] of Object.entries(beside)) await tree.write(file, text);
    for (const [file, target] of Object.entries(links)) await tree.link(file, target);
  }
}

function textsOf(planted: Case[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { file, code } of planted) {
    const before = texts[file] ?? standing(file);
    texts[file] = before === undefined ? code : `${before}\n${code}`;
  }
  return texts;
}

const standing = (file: string): string | undefined =>
  legal.find((use) => use.file === file)?.code ?? house[file];

/** The lines of its file that a case stands on. */
function linesOf(wanted: Case, planted: Case[]): { first: number; last: number } {
  let last = standing(wanted.file)?.split('\n').length ?? 0;
  for (const { code } of planted.filter((other) => other.file === wanted.file)) {
    const first = last + 1;
    last += code.split('\n').length;
    if (code === wanted.code) return { first, last };
  }
  throw new Error(`${wanted.file} is not planted`);
}

const isOn = (complaint: Complaint, { first, last }: { first: number; last: number }): boolean =>
  complaint.line >= first && complaint.line <= last;

/** The planted cases that no complaint of the expected rule names. */
function unnoticed(planted: Case[], complaints: Complaint[]): string[] {
  const isNamed = (one: Case) =>
    complaints.some(
      (complaint) =>
        complaint.file === one.file &&
        complaint.rule === one.refusedBy &&
        isOn(complaint, linesOf(one, cases)),
    );
  return planted
    .filter((one) => !isNamed(one))
    .map(({ way, file, refusedBy }) => `${way}: ${file} should be refused by ${refusedBy}`);
}

/** Complaints about anything that is not planted. */
function refusedLegally(uses: LegalUse[], planted: Case[], complaints: Complaint[]): string[] {
  const companions = planted.flatMap(({ beside = {}, links = {} }) => [
    ...Object.keys(beside),
    ...Object.keys(links),
  ]);
  return complaints
    .filter(
      ({ file }) => !companions.some((companion) => file === companion || file.startsWith(`${companion}/`)),
    )
    .filter(
      (complaint) =>
        !planted.some((one) => one.file === complaint.file && isOn(complaint, linesOf(one, planted))),
    )
    .map(({ file, line, rule, message }) => {
      const use = uses.find((legalUse) => legalUse.file === file)?.use ?? 'a file of the house';
      return `${use}: ${file}:${String(line)} is refused by ${rule}: ${message}`;
    });
}

function tableOfWays(): string {
  const importShaped = families
    .filter((family) => family.isImportShaped)
    .flatMap((family) => family.cases).length;
  const summary = `${String(cases.length)} ways are planted, ${String(importShaped)} of them import-shaped, and each is refused; ${String(legal.length)} legal uses pass.\n`;
  const ways = families.map(({ title, cases: planted }) => {
    const rows = planted.map(({ way, file, refusedBy }) => [way, `\`${file}\``, `\`${refusedBy}\``]);
    return `### ${title}\n\n${markdownTable(['way', 'planted in', 'refused by'], rows)}\n`;
  });
  const uses = legal.map(({ use, file }) => [use, `\`${file}\``]);
  return [summary, ...ways, `### What passes\n\n${markdownTable(['use', 'in'], uses)}`].join('\n');
}

function tableOfGaps(): string {
  const rows = gaps.map(({ way, file, leftTo }) => [way, `\`${file}\``, leftTo]);
  return markdownTable(['way', 'planted in', 'left to'], rows);
}

function tableOfRunTime(): string {
  const tables = [
    ['Nest and its containers', container],
    ['The door as an object', door],
    ['The database and TypeORM', database],
    ['The environment', environment],
  ] as const;
  return tables
    .map(([title, tried]) => {
      const rows = tried.map(({ way, stoppedBy }) => [way, stoppedBy]);
      return `### ${title}\n\n${markdownTable(['way', 'stopped by'], rows)}\n`;
    })
    .join('\n');
}

function tableOfRunTimeGaps(): string {
  const rows = [...containerGaps, ...environmentGaps].map(({ way, leftTo }) => [way, leftTo]);
  return markdownTable(['way', 'left to'], rows);
}

function markdownTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
