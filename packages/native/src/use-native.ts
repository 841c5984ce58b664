/**
 * @module
 * One call for what most programs want: TensorFlow.js computes on the native backend from then on.
 */
import { setTimeout } from 'node:timers/promises';
import {
  backend as currentBackend,
  findBackendFactory,
  getKernelsForBackend,
  removeBackend,
  setBackend,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { checkDevice, checkOptions, checkText } from './check-arguments.js';
import { cannot } from './errors.js';
import { BACKEND } from './kernels/tensorflow-operation.js';
import { findNative, loadNative, type NativePackage, unloadNative } from './load-native.js';
import { type Device, NATIVE_PACKAGES } from './native-platform.js';

/** How often, and how many milliseconds apart, a package is loaded again whose files are gone while an install replaces it. */
const REPLACED_TRIES = 3;
const REPLACED_MS = 100;

/** A native package that computes. */
export interface StartedNative extends NativePackage {
  /** TensorFlow's library, such as `TensorFlow 2.18.1`. */
  readonly library: string | undefined;
}

/** How an attempt to start the native package for a device ended. */
export type NativeAttempt =
  | { readonly state: 'started'; readonly native: StartedNative }
  | { readonly state: 'not installed' }
  | { readonly state: 'no binding' | 'failed'; readonly native: NativePackage; readonly reason: string };

/**
 * Finds the native backend, loads it and makes it TensorFlow.js's backend.
 *
 * @param options.device default: `'gpu'` if tfjs-node-gpu is installed and works, else `'cpu'`
 * @param options.cacheDir default: `TFJS_NATIVE_CACHE`, else `LPIPS_CACHE`, else the platform's cache folder
 * @throws NativeError where none is installed or none starts, with the reason for each, and for arguments of another kind
 */
export async function useNative(
  options: { readonly device?: Device; readonly cacheDir?: string } = {},
): Promise<StartedNative> {
  checkOptions('useNative', options, ['device', 'cacheDir']);
  const { device, cacheDir } = options;
  if (device !== undefined) checkDevice('useNative', device);
  if (cacheDir !== undefined) checkText('useNative', 'cacheDir', cacheDir);
  const reasons: string[] = [];
  for (const each of device === undefined ? (['gpu', 'cpu'] as const) : [device]) {
    const attempt = await startNative(each, cacheDir);
    if (attempt.state === 'started') return attempt.native;
    const reason = attempt.state === 'not installed' ? attempt.state : attempt.reason;
    reasons.push(`${NATIVE_PACKAGES[each]}: ${reason}`);
  }
  const flag = device === 'gpu' ? ' --gpu' : '';
  const advice = `Install it with "npx tfjs-native install${flag}".`;
  throw cannot('useNative', 'start the native backend', reasons.join('; '), advice);
}

/**
 * Tries each copy of the native package for a device until one starts.
 *
 * @throws NativeError for arguments of another kind; what goes wrong else stands in the result
 */
export async function startNative(device: Device, cacheDir?: string): Promise<NativeAttempt> {
  checkDevice('startNative', device);
  if (cacheDir !== undefined) checkText('startNative', 'cacheDir', cacheDir);
  let last: NativeAttempt = { state: 'not installed' };
  for (const native of findNative(device, cacheDir)) {
    last = await start(native, REPLACED_TRIES);
    if (last.state === 'started') return last;
  }
  return last;
}

async function start(native: NativePackage, tries: number): Promise<NativeAttempt> {
  if (!native.hasBinding) return { state: 'no binding', native, reason: 'its native binding is missing' };
  const isFirst = findBackendFactory(BACKEND) === null;
  try {
    if (isFirst) loadNative(native);
    if (findBackendFactory(BACKEND) === null) {
      const reason = 'it registered with another copy of @tensorflow/tfjs-core';
      return { state: 'failed', native, reason };
    }
    if (await setBackend(BACKEND)) {
      return { state: 'started', native: { ...native, library: libraryVersion(native.device) } };
    }
    return { state: 'failed', native, reason: 'it did not start' };
  } catch (error) {
    if (isFirst) forget();
    if (isFirst && tries > 0 && isAboutMissingFile(error)) {
      unloadNative(native);
      await setTimeout(REPLACED_MS);
      return await start(native, tries - 1);
    }
    return { state: 'failed', native, reason: firstLine(error) };
  }
}

function isAboutMissingFile(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'MODULE_NOT_FOUND' || code === 'ENOENT';
}

/** Takes back what a package registered before it failed, so that another can register the same backend. */
function forget(): void {
  if (findBackendFactory(BACKEND) !== null) removeBackend(BACKEND);
  for (const { kernelName } of getKernelsForBackend(BACKEND)) unregisterKernel(kernelName, BACKEND);
}

/** The version that the current backend's library states, and for one with CUDA whether it found a GPU. */
function libraryVersion(device: Device): string | undefined {
  const current = currentBackend();
  const binding: unknown = Reflect.get(current, 'binding');
  if (typeof binding !== 'object' || binding === null) return undefined;
  const version: unknown = Reflect.get(binding, 'TF_Version');
  if (typeof version !== 'string') return undefined;
  if (device === 'cpu') return `TensorFlow ${version}`;
  return `TensorFlow ${version}${Reflect.get(current, 'isUsingGpuDevice') === true ? ' on a GPU' : ', which found no GPU'}`;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = message] = message.split('\n');
  return first.trim();
}
