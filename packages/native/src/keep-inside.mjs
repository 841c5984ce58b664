/**
 * @module
 * Keeps what an install requires inside its own node_modules. Plain JavaScript, since the process that checks an install is it
 * too, and has the same guard as the backend.
 */
import { existsSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join, sep } from 'node:path';

const PACKAGES = 'node_modules';
/** @type {Set<string>} */
const kept = new Set();

/**
 * From now on Node looks for what the files of an install require within its outermost node_modules alone, also for what is
 * optional and missing there.
 *
 * @param {string} path of the native package
 */
export function keepInside(path) {
  const outermost = outermostPackages(path);
  if (outermost === undefined || kept.has(outermost)) return;
  kept.add(outermost);
  /** @type {unknown} */
  const original = Reflect.get(Module, '_nodeModulePaths');
  if (typeof original !== 'function') return;
  Reflect.set(Module, '_nodeModulePaths', (/** @type {string} */ from) => {
    /** @type {string[]} */
    const folders = Reflect.apply(original, Module, [from]);
    return isInside(from, outermost) ? folders.filter((folder) => isInside(folder, outermost)) : folders;
  });
}

/**
 * The first node_modules folder on the way to a file, undefined where there is none.
 *
 * @param {string} file
 */
export function outermostPackages(file) {
  const parts = dirname(file).split(sep);
  const index = parts.indexOf(PACKAGES);
  return index < 0 ? undefined : parts.slice(0, index + 1).join(sep);
}

/**
 * Whether a path is a folder or lies in it.
 *
 * @param {string} path
 * @param {string} folder
 */
export function isInside(path, folder) {
  return path === folder || path.startsWith(folder + sep);
}

/**
 * Whether a folder holds a package.
 *
 * @param {string} folder
 */
export function isPackage(folder) {
  return existsSync(join(folder, 'package.json'));
}
