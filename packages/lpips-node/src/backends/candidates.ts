/**
 * @module
 * The TensorFlow.js backends that Node can use, best first, and how each is tried. A candidate is a package that
 * registers a backend; the native and WebGPU ones are optional peers, loaded by name when asked for.
 */
import { createRequire } from 'node:module';
import { findBackendFactory, setBackend } from '@tensorflow/tfjs-core';

/** A tfjs backend by the name under which it registers. */
export type BackendName = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** A package that brings a backend. */
export interface Candidate {
  /** As `lpips backend list` calls it. */
  readonly name: string;
  readonly backend: BackendName;
  readonly package: string;
  /** Taken by `auto` where it works. */
  readonly automatic: boolean;
}

/** One attempt at a candidate. */
export interface Attempt {
  readonly name: string;
  readonly backend: BackendName;
  readonly ok: boolean;
  /** Why it was not taken. */
  readonly reason?: string;
  /** Version of its package, where it is installed. */
  readonly version?: string;
}

/** Best first. */
export const CANDIDATES: readonly Candidate[] = [
  {
    name: 'tfjs-node-gpu',
    backend: 'tensorflow',
    package: '@tensorflow/tfjs-node-gpu',
    automatic: true,
  },
  { name: 'tfjs-node', backend: 'tensorflow', package: '@tensorflow/tfjs-node', automatic: true },
  { name: 'webgpu', backend: 'webgpu', package: '@tensorflow/tfjs-backend-webgpu', automatic: false },
  { name: 'wasm', backend: 'wasm', package: '@tensorflow/tfjs-backend-wasm', automatic: true },
  { name: 'cpu', backend: 'cpu', package: '@tensorflow/tfjs-backend-cpu', automatic: false },
];

const require = createRequire(import.meta.url);

/** Loads a candidate and makes it TensorFlow.js's backend. Never throws: what went wrong is the attempt's `reason`. */
export async function tryCandidate(candidate: Candidate): Promise<Attempt> {
  const { name, backend } = candidate;
  const version = installedVersion(candidate.package);
  if (version === undefined) return { name, backend, ok: false, reason: 'not installed' };
  try {
    if (backend === 'webgpu' && !hasWebGpu()) {
      return { name, backend, ok: false, version, reason: 'this Node.js has no WebGPU (navigator.gpu)' };
    }
    await load(candidate);
    if (findBackendFactory(backend) === null) {
      const reason = 'it registered with another copy of @tensorflow/tfjs-core';
      return { name, backend, ok: false, version, reason };
    }
    if (!(await setBackend(backend))) {
      return { name, backend, ok: false, version, reason: 'it did not start' };
    }
    if (backend === 'wasm') {
      const { refuseFailedAllocations } = await import('./wasm-memory.js');
      refuseFailedAllocations();
    }
    return { name, backend, ok: true, version };
  } catch (error) {
    return { name, backend, ok: false, version, reason: firstLine(error) };
  }
}

/** Runs the package, which registers its backend. Optional peers are named by a variable, so that none is required. */
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

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').trim();
}
