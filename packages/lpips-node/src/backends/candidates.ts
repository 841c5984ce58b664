/**
 * @module
 * The TensorFlow.js backends that Node can use, best first, and how each is tried. A candidate is a package that
 * registers a backend. The packages of the native and WebGPU backends are optional peers, which are loaded by name.
 */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { backend as currentBackend, findBackendFactory, ready, setBackend } from '@tensorflow/tfjs-core';
import { checkBackend } from 'lpips-core';
import { mendCpuKernels } from 'tfjs-fused-training';
import { type Device, startNative } from 'tfjs-native';
import { besideUs } from 'tfjs-native/beside-us';
import { firstLine } from '../errors/foreign-error.js';
import { type Adapter, offerWebGpu, refuseSilentFaults } from './webgpu-in-node.js';

/** A backend of TensorFlow.js, by the name under which it registers. */
export type BackendName = 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';

/** A package that brings a backend. */
export interface Candidate {
  /** As `lpips backend list` calls it. */
  readonly name: string;
  readonly backend: BackendName;
  readonly package: string;
  /** Whether `auto` takes it where it works; WebGPU only on a GPU. */
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
  /** The device that WebGPU computes on. */
  readonly adapter?: Adapter;
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
  { name: 'webgpu', backend: 'webgpu', package: '@tensorflow/tfjs-backend-webgpu', automatic: true },
  {
    name: 'tfjs-node',
    backend: 'tensorflow',
    package: '@tensorflow/tfjs-node',
    automatic: true,
    device: 'cpu',
  },
  { name: 'wasm', backend: 'wasm', package: '@tensorflow/tfjs-backend-wasm', automatic: true },
  { name: 'cpu', backend: 'cpu', package: '@tensorflow/tfjs-backend-cpu', automatic: false },
];

const require = createRequire(import.meta.url);
const OWN_FILE = fileURLToPath(import.meta.url);

/** What is asked of WebGPU, which computes on devices of all kinds. Other backends are taken where they start. */
export interface Demands {
  /** Whether a program on the CPU will do as its device. */
  readonly acceptsCpu: boolean;
  /** Whether a GPU must pass `checkBackend`: some compute wrong without any error. */
  readonly checksGpu: boolean;
}

/** Loads a candidate and makes it TensorFlow.js's backend. Never throws: what went wrong is the attempt's `reason`. */
export async function tryCandidate(candidate: Candidate, demands: Demands): Promise<Attempt> {
  if (candidate.device !== undefined) return await tryNative(candidate, candidate.device);
  if (candidate.backend === 'webgpu') return await tryWebGpu(candidate, demands);
  const { name, backend } = candidate;
  const version = versionIn(candidate.package);
  if (version === undefined) return { name, backend, ok: false, reason: 'not installed' };
  try {
    await load(backend);
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

/** WebGPU: its package and the one that brings WebGPU to Node lie in the project's node_modules. */
async function tryWebGpu(
  { name, backend, package: packageName }: Candidate,
  { acceptsCpu, checksGpu }: Demands,
): Promise<Attempt> {
  const folder = besideUs(packageName, OWN_FILE);
  const version = folder === undefined ? undefined : versionIn(folder);
  if (folder === undefined || version === undefined)
    return { name, backend, ok: false, reason: 'not installed' };
  try {
    const adapter = await offerWebGpu(acceptsCpu);
    if (typeof adapter === 'string') return { name, backend, ok: false, version, reason: adapter };
    const isFirst = findBackendFactory(backend) === null;
    if (isFirst) await import(pathToFileURL(require.resolve(folder)).href);
    const fault = await start(backend);
    if (fault !== undefined) return { name, backend, ok: false, version, adapter, reason: fault };
    refuseSilentFaults(currentBackend());
    const check = checksGpu && !adapter.isCpu ? await checkBackend() : undefined;
    if (check?.ok === false) return { name, backend, ok: false, version, adapter, reason: check.sentence };
    return { name, backend, ok: true, version, adapter };
  } catch (error) {
    return { name, backend, ok: false, version, reason: firstLine(error) };
  }
}

/** @returns why a backend whose package was loaded does not work, undefined where it does */
async function start(backend: BackendName): Promise<string | undefined> {
  if (findBackendFactory(backend) === null) return 'it registered with another copy of @tensorflow/tfjs-core';
  if (await setBackend(backend)) return undefined;
  // A backend that starts asynchronously also fails where the program sets another one meanwhile.
  await ready().catch(() => undefined);
  return (await setBackend(backend)) ? undefined : 'it did not start';
}

/** Loads the package of a backend that every install has, which registers it. */
async function load(backend: BackendName): Promise<void> {
  if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  else await import('@tensorflow/tfjs-backend-cpu');
}

/** Version of a package by its name or folder, undefined where it is missing. */
function versionIn(place: string): string | undefined {
  try {
    const manifest: unknown = require(`${place}/package.json`);
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return undefined;
    return String(manifest.version);
  } catch {
    return undefined;
  }
}
