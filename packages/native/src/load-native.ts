/**
 * @module
 * Loads tfjs-node or tfjs-node-gpu, from the caller's node_modules or from where `lpips backend install` put it.
 *
 * TensorFlow.js keeps its engine, kernels and gradients in a global, so a second copy of it would compute with the
 * first. It would also register everything once more, with a warning for each kernel. Hence the package is given the
 * copies that this process already has, under the names of its own in Node's module cache.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { registerLeanKernels } from './kernels/lean-kernels.js';
import { backendFolder } from './native-folder.js';
import { type Device, NATIVE_PACKAGES } from './native-platform.js';
import { polyfillUtil } from './polyfill-util.js';
import { TENSORFLOW_ENV } from './tensorflow-environment.js';

/** A native package on this machine. */
export interface NativePackage {
  readonly name: string;
  /** Its own folder. */
  readonly path: string;
  readonly version: string;
  /** Whether its binding was compiled or downloaded; without it the package cannot be loaded. */
  readonly hasBinding: boolean;
}

const require = createRequire(import.meta.url);

/** Where a package is found, best first: beside this one, then in the cache folder. */
export function findNative(name: string, device: Device): readonly NativePackage[] {
  const installed = join(backendFolder(device), 'package.json');
  const found: NativePackage[] = [];
  for (const resolver of [require, createRequire(installed)]) {
    const manifestPath = tryResolve(resolver, `${name}/package.json`);
    if (manifestPath === undefined) continue;
    const path = dirname(manifestPath);
    if (found.some((other) => other.path === path)) continue;
    found.push({ name, path, version: versionOf(manifestPath), hasBinding: bindingExists(path) });
  }
  return found;
}

/** Runs the package, which registers and starts the backend `tensorflow`. */
export function loadNative({ name, path }: NativePackage): void {
  polyfillUtil();
  for (const [name, value] of Object.entries(TENSORFLOW_ENV)) process.env[name] ??= value;
  const resolver = createRequire(join(path, 'package.json'));
  shareTfjs(resolver);
  resolver(path);
  registerLeanKernels(name === NATIVE_PACKAGES.gpu ? 'gpu' : 'cpu');
}

/** Puts the process's own copies of TensorFlow.js into the module cache, in the place of the package's. */
function shareTfjs(resolver: NodeJS.Require): void {
  const union = tryResolve(resolver, '@tensorflow/tfjs');
  if (union === undefined) return;
  const dependencies = createRequire(union); // of the package's own copy: where they lie is npm's choice
  for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']) {
    const path = tryResolve(dependencies, name);
    if (path !== undefined) share(name, path);
  }
  share('@tensorflow/tfjs', union);
}

/** Makes whoever asks for the file `theirs` get the copy outside the package, where there is one. */
function share(name: string, theirs: string): void {
  const own = loadedCopy(name) ?? tryResolve(require, name);
  if (own === undefined || own === theirs || require.cache[theirs] !== undefined) return;
  require(own);
  const loaded = require.cache[own];
  if (loaded !== undefined) require.cache[theirs] = loaded;
}

/** The copy of a package that somebody in this process has loaded, wherever it lies. */
function loadedCopy(name: string): string | undefined {
  const part = join('node_modules', name, 'dist', 'tf');
  return Object.keys(require.cache).find((path) => path.includes(part) && path.endsWith('.node.js'));
}

function tryResolve(resolver: NodeJS.Require, name: string): string | undefined {
  try {
    return resolver.resolve(name);
  } catch {
    return undefined;
  }
}

function versionOf(manifestPath: string): string {
  const manifest: unknown = require(manifestPath);
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown';
  return String(manifest.version);
}

/** Whether there is a binding for any version of Node-API. */
function bindingExists(path: string): boolean {
  const folder = join(path, 'lib');
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => existsSync(join(folder, name, 'tfjs_binding.node')));
}
