import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './cases/case.js';

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** What lint runs by: the project's own files, copied as they are. */
const RULES = [
  '.eslintrc.js',
  'eslint.config.js',
  'tsconfig.json',
  'package.json',
  'jest.config.js',
  'tools/libraries.js', // which jest.config.js imports
  'tools/lint.js',
  'tools/eslint.boundary.js',
  'tools/eslint.quality.js',
];

export interface Complaint {
  file: string;
  line: number;
  rule: string;
  message: string;
}

export interface LintRun {
  exitCode: number;
  complaints: Complaint[];
  stderr: string;
}

/** One file in a report of ESLint. */
interface LintedFile {
  filePath: string;
  messages: { line?: number; ruleId: string | null; message: string }[];
}

/** A copy of the project's lint over a tree of our choosing, outside the repository. */
export class ScratchTree {
  private constructor(private readonly parent: string) {}

  readonly root = join(this.parent, 'tree');

  /** `only`: the half of the lint that it runs, where the other has nothing to say and takes twice as long. */
  static async create({ only }: { only?: 'boundary' } = {}): Promise<ScratchTree> {
    const tree = new ScratchTree(await mkdtemp(join(realpathSync(tmpdir()), 'boundaries-')));
    await mkdir(tree.root);
    for (const file of RULES) await cp(join(REPOSITORY, file), tree.path(file));
    await symlink(join(REPOSITORY, 'node_modules'), tree.path('node_modules'));
    if (only) await tree.edit('tools/lint.js', /^.*tools\/eslint\.quality\.js.*\n/m, '');
    return tree;
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true });
    await writeFile(this.path(file), `${text.replaceAll(ROOT, this.root)}\n`);
  }

  async link(file: string, target: string): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true });
    await symlink(this.path(target), this.path(file));
  }

  /** Changes one of the project's files in this copy, and insists that there was something to change. */
  async edit(file: string, from: string | RegExp, to: string): Promise<void> {
    const before = await readFile(this.path(file), 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} has nothing like ${String(from)}`);
    await writeFile(this.path(file), after);
  }

  /** A package that the tree can import, found one folder up, so that the tree itself need not hold it. */
  async offerPackage(name: string, code: string): Promise<void> {
    const folder = join(this.parent, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name, version: '0.0.0', types: 'index.d.ts', main: 'index.js' }),
    );
    await writeFile(join(folder, 'index.d.ts'), code);
    await writeFile(join(folder, 'index.js'), '');
  }

  lint(): Promise<LintRun> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [this.path('tools/lint.js'), '--format', 'json'],
        { maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : Number(error.code ?? 1);
          resolve({ exitCode, complaints: this.complaintsIn(stdout), stderr });
        },
      );
    });
  }

  async remove(): Promise<void> {
    await rm(this.parent, { recursive: true, force: true });
  }

  private path(file: string): string {
    return join(this.root, file);
  }

  private complaintsIn(report: string): Complaint[] {
    // A line for each half of the lint; none where it did not run at all: its exit code and stderr say why.
    const halves = report.split('\n').filter((line) => line.startsWith('['));
    const results = halves.flatMap((half) => JSON.parse(half) as LintedFile[]);
    return results.flatMap(({ filePath, messages }) =>
      messages.map(({ line, ruleId, message }) => ({
        file: relative(this.root, filePath),
        line: line ?? 1,
        rule: ruleId ?? 'unreadable',
        message,
      })),
    );
  }
}
