import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const SOURCE = join(import.meta.dirname, '..', '..', 'src');

/** A file that a reader can hold in mind. */
const LINES_MAX = 300;
/** The door is one file by rule and imports nothing, so it cannot be split; most of it is comment. */
const LINES_MAX_OF_THE_DOOR = 450;

describe('the shape of the source', () => {
  const texts = new Map<string, string>();

  beforeAll(async () => {
    for (const entry of await readdir(SOURCE, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      texts.set(relative(SOURCE, path), await readFile(path, 'utf8'));
    }
  });

  it('has no cycle of imports', () => {
    expect(cyclesIn(importsOf(texts))).toEqual([]);
  });

  it(`has no file over ${String(LINES_MAX)} lines`, () => {
    const tooLong = [...texts]
      .filter(([file, text]) => text.split('\n').length > linesMaxOf(file) + 1)
      .map(([file]) => file);

    expect(tooLong).toEqual([]);
  });

  it('gives no two bodies one name: in the OpenAPI document one would silently stand for both', () => {
    const bodies = [...texts].filter(([file]) => file.endsWith('.dto.ts'));

    expect(repeated(bodies.flatMap(([, text]) => classesIn(text)))).toEqual([]);
    expect(repeated(classesIn('class A {}\nexport class B extends A {}\nexport class A {}'))).toEqual(['A']);
  });
});

function classesIn(text: string): string[] {
  return [...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(([, name]) => name!);
}

function repeated(names: string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) < index);
}

function linesMaxOf(file: string): number {
  if (file === 'portal/page/openapi.d.ts') return Infinity; // generated
  return file === 'payments/payments.contract.ts' ? LINES_MAX_OF_THE_DOOR : LINES_MAX;
}

describe('the search for cycles', () => {
  it('finds one, whether it is short or long, and however the import is written', () => {
    const texts = new Map([
      ['a.ts', `import { b } from './b.js';`],
      ['b.ts', `export * from './inner/c.js';`],
      ['inner/c.ts', `const load = () => import('../a.js');`],
      ['alone.ts', `import type { Self } from './alone.js';`],
      ['fine.ts', `import './a.js';\nimport 'node:fs';`],
    ]);

    expect(cyclesIn(importsOf(texts))).toEqual(['a.ts → b.ts → inner/c.ts → a.ts', 'alone.ts → alone.ts']);
  });
});

/** Which files of ours each file imports, for its types too: a cycle of types is a cycle for the reader. */
function importsOf(texts: Map<string, string>): Map<string, string[]> {
  return new Map(
    [...texts].map(([file, text]) => {
      const { importedFiles } = ts.preProcessFile(text, true, true);
      const targets = importedFiles
        .filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => join(dirname(file), fileName).replace(/\.js$/, '.ts'));
      return [file, targets.filter((target) => texts.has(target))];
    }),
  );
}

/** Every cycle once, from the file of it that comes first. */
function cyclesIn(imports: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of [...imports.keys()].sort()) visit(file, []);
  return cycles;
}
