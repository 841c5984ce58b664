/**
 * @module
 * Finds and loads tfjs-node or tfjs-node-gpu: a copy beside this package, or the one that `installNative` made.
 * `native-places.ts` says where they may lie.
 *
 * TensorFlow.js keeps its engine, kernels and gradients in a global, so a second copy of it would compute with the
 * first. It would also register everything again, with a warning for each kernel. So the package is given the copies
 * that this process has already: they are put into Node's module cache under the names of the package's own.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { registerCapture } from './capture/register-capture.js';
import { checkDevice, checkRecord, checkText } from './check-arguments.js';
import { cannot } from './errors.js';
import { isInside } from './keep-inside.mjs';
import { registerKernels } from './kernels/register-kernels.js';
import { backendFolder } from './native-folder.js';
import { besideUs, installedIn, keepInside } from './native-places.js';
import { type Device, NATIVE_PACKAGES, WASM_ADVICE } from './native-platform.js';
import { polyfillUtil } from './polyfill-util.js';
import { lacksAvx } from './processor.js';
import { TENSORFLOW_ENV } from './tensorflow-environment.js';

/** A native package on this machine. */
export interface NativePackage {
  readonly device: Device;
  /** Name of the npm package. */
  readonly name: string;
  /** Its folder. */
  readonly path: string;
  readonly version: string;
  /** Whether its binding was compiled or downloaded. Without it the package cannot be loaded. */
  readonly hasBinding: boolean;
}

const require = createRequire(import.meta.url);
const OWN_FILE = fileURLToPath(import.meta.url);

/**
 * The copies of the native package for a device, best first: one in the project's node_modules, then the one that lies in
 * the folder of an install. No other folder is looked at, above the project's or above the cache folder.
 *
 * @param cacheDir default: `TFJS_NATIVE_CACHE`, else `LPIPS_CACHE`, else the platform's cache folder
 * @throws NativeError for arguments of another kind
 */
export function findNative(device: Device = 'cpu', cacheDir?: string): readonly NativePackage[] {
  checkDevice('findNative', device);
  if (cacheDir !== undefined) checkText('findNative', 'cacheDir', cacheDir);
  const name = NATIVE_PACKAGES[device];
  const found: NativePackage[] = [];
  for (const path of [besideUs(name, OWN_FILE), installedIn(backendFolder(device, cacheDir), name)]) {
    if (path === undefined || found.some((other) => other.path === path)) continue;
    const version = versionOf(join(path, 'package.json'));
    found.push({ device, name, path, version, hasBinding: bindingExists(path) });
  }
  return found;
}

/**
 * Loads the package, which registers and starts the backend `tensorflow`, and replaces kernels of it by faster ones.
 * `useNative` does this and more.
 *
 * @throws NativeError unless it is one that `findNative` gives, and on an x64 processor without AVX
 */
export function loadNative(found: NativePackage): void {
  checkRecord('loadNative', 'found', found, ['device', 'path']);
  const { device, path } = found;
  checkDevice('loadNative', device);
  if (lacksAvx()) {
    const why = 'TensorFlow is compiled for AVX, which this processor does not have';
    throw cannot('loadNative', `load ${NATIVE_PACKAGES[device]}`, why, WASM_ADVICE, 'impossible here');
  }
  polyfillUtil();
  for (const [name, value] of Object.entries(TENSORFLOW_ENV)) process.env[name] ??= value;
  const resolver = createRequire(join(path, 'package.json'));
  keepInside(path);
  if (!isMainThread) shareEnvironment(path, resolver);
  shareTfjs(resolver);
  resolver(path);
  registerKernels(device);
  registerCapture(device);
}

/** Takes the package's files out of Node's module cache, so that all of them are run when it is loaded again. */
export function unloadNative({ path }: Pick<NativePackage, 'path'>): void {
  for (const file of Object.keys(require.cache)) if (isInside(file, path)) delete require.cache[file];
}

/** Variables that TensorFlow, OpenMP, CUDA and the kernels of this package read. */
const LIBRARY_VARIABLE = /^(TF|OMP|CUDA|MALLOC)_/;

/** Gives the library the variables of this thread: in a worker, `process.env` is a copy that the library does not see. */
function shareEnvironment(path: string, resolver: NodeJS.Require): void {
  const addon = besideBinding(path, 'environment.node');
  if (addon === undefined) return; // tfjs-node as npm installs it, or an install of an earlier version
  const loaded: unknown = resolver(addon);
  const set: unknown = typeof loaded === 'object' && loaded !== null && Reflect.get(loaded, 'setVariable');
  if (typeof set !== 'function') return;
  for (const [name, value] of Object.entries(process.env)) {
    if (LIBRARY_VARIABLE.test(name) && value !== undefined) set(name, value);
  }
}

/** Puts the process's own copies of TensorFlow.js into the module cache, in the place of the package's. */
function shareTfjs(resolver: NodeJS.Require): void {
  const union = tryResolve(resolver, '@tensorflow/tfjs');
  if (union === undefined) return;
  const dependencies = createRequire(union); // of the package's own copy, since npm chooses where they lie
  for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']) {
    const path = tryResolve(dependencies, name);
    if (path !== undefined) share(name, path);
  }
  share('@tensorflow/tfjs', union);
}

/** Gives every module that requires the file `theirs` the copy outside the package, if there is one. */
function share(name: string, theirs: string): void {
  const own = loadedCopy(name) ?? tryResolve(require, name);
  if (own === undefined || own === theirs || require.cache[theirs] !== undefined) return;
  require(own);
  const loaded = require.cache[own];
  if (loaded !== undefined) require.cache[theirs] = loaded;
}

/** The copy of a package that this process has loaded, wherever it lies. */
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
  return besideBinding(path, 'tfjs_binding.node') !== undefined;
}

/** A file beside the binding, for any version of Node-API; undefined where there is none. */
function besideBinding(path: string, file: string): string | undefined {
  const folder = join(path, 'lib');
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .map((name) => join(folder, name, file))
    .find((each) => existsSync(each));
}
