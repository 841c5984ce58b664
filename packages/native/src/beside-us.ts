/**
 * @module
 * Where an optional package of a program may lie: in the project's own node_modules. Node itself looks in every node_modules
 * folder above a file too, where other users may have put code of theirs.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { checkText } from './check-arguments.js';
import { invalid } from './errors.js';
import { isInside, isPackage, outermostPackages } from './keep-inside.mjs';

/**
 * The folder of a package in the project that has the asking one: in a node_modules folder that this one lies in, up to the
 * outermost. In a checkout, which lies in none, wherever Node looks.
 *
 * @param name of the package
 * @param file absolute path of a file of the asking package
 * @returns the real path, undefined where the package is not installed
 * @throws NativeError unless both are strings and the path is absolute
 */
export function besideUs(name: string, file: string): string | undefined {
  checkText('besideUs', 'name', name);
  checkText('besideUs', 'file', file);
  if (!isAbsolute(file)) throw invalid('besideUs', 'an absolute path', 'file', `"${file}"`);
  const outermost = outermostPackages(file);
  const folders = createRequire(file).resolve.paths(name) ?? [];
  const allowed = folders.filter((folder) => outermost === undefined || isInside(folder, outermost));
  const found = allowed.map((folder) => join(folder, name)).find(isPackage);
  return found === undefined ? undefined : realpathSync(found);
}
