/**
 * @module
 * What the sources of a folder import, types included: every name after `from` or `import`, as it is written.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const IMPORT = /\b(?:from\s+|import\s*\(?\s*)'([^']+)'/g;

/** One source file. */
export interface Source {
  /** Path within the folder. */
  readonly file: string;
  readonly text: string;
  /** Paths within the folder of the files that it imports. */
  readonly files: readonly string[];
  /** Names of other modules that it imports, such as `lpips-node/files`. */
  readonly modules: readonly string[];
}

/** The sources of a folder and of the folders in it. */
export function readSources(folder: string): Source[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.(ts|cts|mjs)$/.test(name))
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const imported = Array.from(text.matchAll(IMPORT), ([, name = '']) => name);
      const paths = imported.filter((name) => name.startsWith('.'));
      return {
        file,
        text,
        files: paths.map((path) => pathInside(folder, join(folder, dirname(file), path))),
        modules: imported.filter((name) => !name.startsWith('.')),
      };
    });
}

/** Sources name the compiled files. */
function pathInside(folder: string, path: string): string {
  return relative(folder, path).replace(/\.(c?)js$/, '.$1ts');
}
