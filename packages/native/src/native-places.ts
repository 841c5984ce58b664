/**
 * @module
 * Where a native package may lie: in the project's own node_modules, or in the folder of an install. Node itself looks in
 * every node_modules folder above a file too, where other users may have put code of theirs.
 */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isInside, outermostPackages } from './keep-inside.mjs';

const PACKAGES = 'node_modules';

/**
 * The folder of a package in the project that has this one: in a node_modules folder that this one lies in, up to the
 * outermost. In a checkout, which lies in none, wherever Node looks.
 *
 * @param file of this package
 */
export function besideUs(name: string, file: string): string | undefined {
  const outermost = outermostPackages(file);
  const folders = createRequire(file).resolve.paths(name) ?? [];
  const allowed = folders.filter((folder) => outermost === undefined || isInside(folder, outermost));
  const found = allowed.map((folder) => join(folder, name)).find(isPackage);
  return found === undefined ? undefined : realpathSync(found);
}

export { keepInside } from './keep-inside.mjs';

/** The folder of a package in the folder of an install, if it lies there itself and is no link that leads elsewhere. */
export function installedIn(folder: string, name: string): string | undefined {
  const path = join(folder, PACKAGES, name);
  if (!isPackage(path)) return undefined;
  const real = realpathSync(path);
  return isInside(real, realpathSync(folder)) ? real : undefined;
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, 'package.json'));
}
