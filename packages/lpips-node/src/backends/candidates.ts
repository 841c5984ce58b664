/**
 * @module
 * The TensorFlow.js backends that Node can use, best first, and how each is tried. A candidate is a package that
 * registers a backend. The packages of the native and WebGPU backends are optional peers, which are loaded by name.
 */
import { createRequire } from 'node:module';
import { findBackendFactory, ready, setBackend } from '@tensorflow/tfjs-core';
import { mendCpuKernels } from 'tfjs-fused-training';
import { type Device, startNative } from 'tfjs-native';
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
      await import('tfjs-wasm-kernels');
      const { refuseFailedAllocations } = await import('tfjs-wasm-kernels/memory-guard');
      refuseFailedAllocations();
    }
    if (backend === 'cpu') mendCpuKernels();
    return { name, backend, ok: true, version };
  } catch (error) {
    return { name, backend, ok: false, version, reason: firstLine(error) };
  }
}

/** The first copy of a native package that works: one in the project's node_modules, else the one that was installed. */
async function tryNative({ name, backend }: Candidate, device: Device): Promise<Attempt> {
  const attempt = await startNative(device);
  if (attempt.state === 'not installed') return { name, backend, ok: false, reason: attempt.state };
  const { version, path } = attempt.native;
  if (attempt.state === 'started') {
    const { library } = attempt.native;
    return { name, backend, ok: true, version, path, ...(library !== undefined && { library }) };
  }
  const advice = attempt.state === 'no binding' ? '; run "lpips backend install"' : '';
  return { name, backend, ok: false, version, path, reason: attempt.reason + advice };
}

/** @returns why a backend whose package was loaded does not work, undefined where it does */
async function start(backend: BackendName): Promise<string | undefined> {
  if (findBackendFactory(backend) === null) return 'it registered with another copy of @tensorflow/tfjs-core';
  if (await setBackend(backend)) return undefined;
  // A backend that starts asynchronously also fails where the program sets another one meanwhile.
  await ready().catch(() => undefined);
  return (await setBackend(backend)) ? undefined : 'it did not start';
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
