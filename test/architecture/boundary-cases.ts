import { arrows } from './cases/arrows.js';
import { backDoors } from './cases/back-doors.js';
import type { Case } from './cases/case.js';
import { comments } from './cases/comments.js';
import { files } from './cases/files.js';
import { mocks } from './cases/mocks.js';
import { packages } from './cases/packages.js';
import { paths } from './cases/paths.js';
import { spelling } from './cases/spelling.js';

export { gaps } from './cases/gaps.js';
export { house } from './cases/house.js';
export { legal } from './cases/legal.js';
export type { Case, Gap, LegalUse } from './cases/case.js';

export interface Family {
  title: string;
  /** Whether every way in it names a file or a package, as opposed to reaching it without. */
  isImportShaped: boolean;
  cases: Case[];
}

/** Every way past the wall that CI is known to stop, in the order of docs/concepts/module-boundary.md. */
export const families: Family[] = [
  { title: 'How an import is written', isImportShaped: true, cases: spelling },
  { title: 'How a path hides where it leads', isImportShaped: true, cases: paths },
  { title: 'Where the file hides', isImportShaped: true, cases: files },
  { title: 'Comments that ask lint to look away', isImportShaped: true, cases: comments },
  { title: 'Tests that pretend', isImportShaped: true, cases: mocks },
  { title: 'Who may import whom', isImportShaped: true, cases: arrows },
  { title: 'Packages and builtins', isImportShaped: true, cases: packages },
  { title: 'No import at all', isImportShaped: false, cases: backDoors },
];
