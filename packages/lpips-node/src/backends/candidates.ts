/**
 * @module
 * The TensorFlow.js backends that Node can use, best first, and how each is tried. A candidate is a package that
 * registers a backend. The packages of the native and WebGPU backends are optional peers, which are loaded by name.
 */
import { createRequire } from 'node:module';
import {
  backend as currentBackend,
  findBackendFactory,
  getKernelsForBackend,
  removeBackend,
  setBackend,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { Device } from 'tfjs-native';
import { findNative, loadNative, type NativePackage } from 'tfjs-native';
import { firstLine } from '../errors/foreign-error.js';

/** A backend of TensorFlow.js, by the name under which it registers. */
export type BackendName = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** A package that brings a backend. */
export interface Candidate {
  /** As `lpips backend list` calls it. */
  readonly name: string;
  readonly backend: BackendName;
  readonly package: string;
  /** Whether `auto` takes it where it works. */
  readonly automatic: boolean;
  /** What a native package computes on; undefined for other packages. */
  readonly device?: Device;
}

/** One attempt at a candidate. */
export interface Attempt {
  readonly name: string;
  readonly backend: BackendName;
  readonly ok: boolean;
  /** Why it was not taken. */
  readonly reason?: string;
  /** Version of its package; undefined where it is not installed. */
  readonly version?: string;
  /** The library that computes, such as `TensorFlow 2.18.1`. */
  readonly library?: string;
  /** Folder of a native package. */
  readonly path?: string;
}

/** Every candidate, best first. */
export const CANDIDATES: readonly Candidate[] = [
  {
    name: 'tfjs-node-gpu',
    backend: 'tensorflow',
    package: '@tensorflow/tfjs-node-gpu',
    automatic: true,
    device: 'gpu',
  },
  {
    name: 'tfjs-node',
    backend: 'tensorflow',
    package: '@tensorflow/tfjs-node',
    automatic: true,
    device: 'cpu',
  },
  { name: 'webgpu', backend: 'webgpu', package: '@tensorflow/tfjs-backend-webgpu', automatic: false },
  { name: 'wasm', backend: 'wasm', package: '@tensorflow/tfjs-backend-wasm', automatic: true },
  { name: 'cpu', backend: 'cpu', package: '@tensorflow/tfjs-backend-cpu', automatic: false },
];

const require = createRequire(import.meta.url);

/** Loads a candidate and makes it TensorFlow.js's backend. Never throws: what went wrong is the attempt's `reason`. */
export async function tryCandidate(candidate: Candidate): Promise<Attempt> {
  if (candidate.device !== undefined) return await tryNative(candidate, candidate.device);
  const { name, backend } = candidate;
  const version = installedVersion(candidate.package);
  if (version === undefined) return { name, backend, ok: false, reason: 'not installed' };
  try {
    if (backend === 'webgpu' && !hasWebGpu()) {
      return { name, backend, ok: false, version, reason: 'this Node.js has no WebGPU (navigator.gpu)' };
    }
    await load(candidate);
    const fault = await start(backend);
    if (fault !== undefined) return { name, backend, ok: false, version, reason: fault };
    if (backend === 'wasm') {
      const [{ refuseFailedAllocations }, { registerWeightedSquaredDifference }] = await Promise.all([
        import('tfjs-wasm-kernels/memory-guard'),
        import('tfjs-wasm-kernels/weighted-squared-difference'),
      ]);
      refuseFailedAllocations();
      registerWeightedSquaredDifference();
    }
    return { name, backend, ok: true, version };
  } catch (error) {
    return { name, backend, ok: false, version, reason: firstLine(error) };
  }
}

/** Tries the copies of a native package, those beside this package first, and takes the first that works. */
async function tryNative(
  { name, backend, package: packageName }: Candidate,
  device: Device,
): Promise<Attempt> {
  let failed: Attempt = { name, backend, ok: false, reason: 'not installed' };
  for (const found of findNative(packageName, device)) {
    const { version, path } = found;
    const reason = await startNative(found, backend);
    if (reason === undefined) {
      const library = libraryVersion(device);
      return { name, backend, ok: true, version, path, ...(library !== undefined && { library }) };
    }
    failed = { name, backend, ok: false, version, path, reason };
  }
  return failed;
}

/** @returns why it does not work, undefined where it does */
async function startNative(found: NativePackage, backend: BackendName): Promise<string | undefined> {
  if (!found.hasBinding) return 'its native binding is missing; run "lpips backend install"';
  const isFirst = findBackendFactory(backend) === null;
  try {
    if (isFirst) loadNative(found);
    return await start(backend);
  } catch (error) {
    if (isFirst) forget(backend);
    return firstLine(error);
  }
}

/** Removes what a package registered before it failed, so that the next package for the same backend can register. */
function forget(backend: BackendName): void {
  if (findBackendFactory(backend) !== null) removeBackend(backend);
  for (const { kernelName } of getKernelsForBackend(backend)) unregisterKernel(kernelName, backend);
}

/** @returns why a backend whose package was loaded does not work, undefined where it does */
async function start(backend: BackendName): Promise<string | undefined> {
  if (findBackendFactory(backend) === null) return 'it registered with another copy of @tensorflow/tfjs-core';
  return (await setBackend(backend)) ? undefined : 'it did not start';
}

/** What the current native backend says about its library. A library for GPUs also says whether it found one. */
function libraryVersion(device: Device): string | undefined {
  const current = currentBackend();
  const binding: unknown = Reflect.get(current, 'binding');
  if (typeof binding !== 'object' || binding === null) return undefined;
  const version: unknown = Reflect.get(binding, 'TF_Version');
  if (typeof version !== 'string') return undefined;
  if (device === 'cpu') return `TensorFlow ${version}`;
  return `TensorFlow ${version}${Reflect.get(current, 'isUsingGpuDevice') === true ? ' on a GPU' : ', which found no GPU'}`;
}

/** Loads a package, which registers its backend. WebGPU's is named by a variable, so that it stays optional. */
async function load(candidate: Candidate): Promise<void> {
  if (candidate.backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  else if (candidate.backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  else await import(candidate.package);
}

/** Version of an installed package, undefined where it is missing. */
function installedVersion(packageName: string): string | undefined {
  try {
    const manifest: unknown = require(`${packageName}/package.json`);
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return undefined;
    return String(manifest.version);
  } catch {
    return undefined;
  }
}

function hasWebGpu(): boolean {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  return typeof navigator === 'object' && navigator !== null && 'gpu' in navigator;
}
