/**
 * @module
 * Where a native package may lie: in the project's own node_modules, or in the folder of an install. Node itself looks in
 * every node_modules folder above a file too, where other users may have put code of theirs.
 */
import { existsSync, realpathSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

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

/** The folder of a package in the folder of an install, if it lies there itself and is no link that leads elsewhere. */
export function installedIn(folder: string, name: string): string | undefined {
  const path = join(folder, PACKAGES, name);
  if (!isPackage(path)) return undefined;
  const real = realpathSync(path);
  return isInside(real, realpathSync(folder)) ? real : undefined;
}

const kept = new Set<string>();

/**
 * From now on Node looks for what the files of an install require within its outermost node_modules alone, also for what is
 * optional and missing there.
 *
 * @param path of the native package
 */
export function keepInside(path: string): void {
  const outermost = outermostPackages(path);
  if (outermost === undefined || kept.has(outermost)) return;
  kept.add(outermost);
  const original: unknown = Reflect.get(Module, '_nodeModulePaths');
  if (typeof original !== 'function') return;
  Reflect.set(Module, '_nodeModulePaths', (from: string): string[] => {
    const folders = Reflect.apply(original, Module, [from]) as string[];
    return isInside(from, outermost) ? folders.filter((folder) => isInside(folder, outermost)) : folders;
  });
}

/** The first node_modules folder on the way to a file, undefined where there is none. */
function outermostPackages(file: string): string | undefined {
  const parts = dirname(file).split(sep);
  const index = parts.indexOf(PACKAGES);
  return index < 0 ? undefined : parts.slice(0, index + 1).join(sep);
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, 'package.json'));
}
