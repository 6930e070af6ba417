import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** One change of the built program's text. */
export interface Patch {
  /** Below dist/. */
  file: string;
  find: RegExp;
  replace: string;
}

/** A product with one of its safeguards taken out. */
export interface Mutant {
  name: string;
  /** What a careless hand would have done. */
  does: string;
  patches: readonly Patch[];
  /** What it does to the database, after the migrations. */
  sql?: readonly string[];
  /** Where it ought to be caught first: a part, and which of its trials. */
  tries: readonly {
    part: 'crashes' | 'histories' | 'races' | 'webhooks' | 'faults' | 'database' | 'audit';
    match?: RegExp;
    count: number;
  }[];
}

/** A copy of the built program with the mutant's patches. @throws Error when a text to patch is not there any more */
export async function build(mutant: Mutant, dist: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `tokenkeep-mutant-${mutant.name}-`));
  const copy = join(folder, 'dist');
  await cp(dist, copy, { recursive: true });
  await cp(join(dirname(dist), 'package.json'), join(folder, 'package.json'));
  await symlink(join(dirname(dist), 'node_modules'), join(folder, 'node_modules'));
  for (const { file, find, replace } of mutant.patches) {
    const path = join(copy, file);
    const text = await readFile(path, 'utf8');
    const patched = text.replace(find, replace);
    if (patched === text)
      throw new Error(
        `The mutant ${mutant.name} no longer finds ${String(find)} in ${file}: bring its patch up to date.`,
      );
    await writeFile(path, patched);
  }
  return copy;
}
