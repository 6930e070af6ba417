import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase, dropTestDatabase, type TestDatabase } from '../support/databases.js';

const ROOT = join(import.meta.dirname, '../..');

describe('the reference pages', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => dropTestDatabase(database));

  it('say what the built program says of itself', async () => {
    const { applicationUrl: DATABASE_URL, paymentsUrl: PAYMENTS_DATABASE_URL } = database;
    const DATA_FOLDER = process.env['TEST_FOLDER']; // holds the token key that the database was made with

    const said = await promisify(execFile)(process.execPath, ['tools/reference.js', '--check'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], DATABASE_URL, PAYMENTS_DATABASE_URL, DATA_FOLDER },
    }).catch((error: { stderr: string }) => ({ stdout: error.stderr }));

    expect(said.stdout.trim()).toBe('The reference pages are up to date.');
  });
});

describe('the documentation', () => {
  it('has no link that leads nowhere inside the repository', async () => {
    const pages = ['README.md', 'CONTRIBUTING.md', ...(await markdownBelow('docs'))];
    const dead: string[] = [];
    for (const page of pages) {
      for (const target of linksOf(await readFile(join(ROOT, page), 'utf8'))) {
        const [path = '', anchor] = target.split('#');
        const file = path ? normalize(join(dirname(page), path)) : page;
        const text = await readFile(join(ROOT, file), 'utf8').catch((error: NodeJS.ErrnoException) =>
          error.code === 'EISDIR' ? '' : null,
        );
        if (text === null || (anchor && !anchorsOf(text).includes(anchor))) dead.push(`${page}: ${target}`);
      }
    }

    expect(dead).toEqual([]);
  });

  it('can be reached from the README, page by page', async () => {
    const pages = await markdownBelow('docs');
    const reached = new Set(['README.md']);
    for (const page of reached) {
      const text = await readFile(join(ROOT, page), 'utf8').catch(() => '');
      for (const target of linksOf(text)) {
        const file = normalize(join(dirname(page), target.split('#')[0] || '.'));
        if (file.endsWith('.md')) reached.add(file);
        else for (const below of pages.filter((it) => dirname(it) === file)) reached.add(below);
      }
    }

    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });
});

async function markdownBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** Links into the repository; code is not prose. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((it) => !/^\w+:/.test(it));
}

/** As GitHub makes them from headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
