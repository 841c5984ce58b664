/**
 * @module
 * Where a native package may lie: in the project's own node_modules, or in the folder of an install.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isInside, isPackage } from './keep-inside.mjs';

const PACKAGES = 'node_modules';

export { besideUs } from './beside-us.js';
export { keepInside } from './keep-inside.mjs';

/** The folder of a package in the folder of an install, if it lies there itself and is no link that leads elsewhere. */
export function installedIn(folder: string, name: string): string | undefined {
  const path = join(folder, PACKAGES, name);
  if (!isPackage(path)) return undefined;
  const real = realpathSync(path);
  return isInside(real, realpathSync(folder)) ? real : undefined;
}
