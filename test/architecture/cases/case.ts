/** One way past the wall, planted as a file that lint must name. */
export interface Case {
  /** What somebody would write, in words; one row of the table in docs/concepts/module-boundary.md. */
  way: string;
  file: string;
  code: string;
  /** The rule that must be among those that refuse the file. */
  refusedBy: string;
  /** More files that the way needs; they are not judged themselves. */
  beside?: Record<string, string>;
  /** Symbolic links that the way needs: link to target. */
  links?: Record<string, string>;
}

/** A use that must stay possible: lint has nothing to say about the file. */
export interface LegalUse {
  use: string;
  file: string;
  code: string;
}

/** A way that lint does not see, and the layer that it is left to. */
export interface Gap {
  way: string;
  file: string;
  code: string;
  leftTo: string;
}

/** In `code`, the root of the scratch tree: for absolute paths and file:// URLs. */
export const ROOT = '__ROOT__';

export const WALL = 'boundaries/dependencies';
export const UNKNOWN_TARGET = 'boundaries/no-unknown-dependencies';
export const UNKNOWN_FILE = 'boundaries/no-unknown-files';
export const SYNTAX = 'no-restricted-syntax';
export const NAMES = 'no-restricted-imports';
export const GLOBALS = 'no-restricted-globals';
