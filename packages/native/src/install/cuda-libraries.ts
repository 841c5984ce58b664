/**
 * @module
 * The CUDA libraries beside a TensorFlow that was built for them: the wheels of its extra `and-cuda`, in the versions
 * that its metadata names. TensorFlow's library looks for them in `../nvidia/<part>/lib`, seen from its own folder.
 */
import { rm, stat } from 'node:fs/promises';
import { invalid } from '../errors.js';
import { type FetchWheelOptions, fetchWheel, type WheelRequest } from './fetch-wheel.js';
import { readFromWheel, unpackWheel } from './unpack-wheel.js';

/** nvidia's wheels name older platforms than TensorFlow's. */
const TAGS = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64'];

/** The wheels that TensorFlow's own wheel asks for in its extra `and-cuda`. */
export async function cudaRequests(wheel: string): Promise<readonly WheelRequest[]> {
  const metadata = (await readFromWheel(wheel, (name) => name.endsWith('.dist-info/METADATA'))) ?? '';
  const requests = [
    ...metadata.matchAll(/^Requires-Dist: (nvidia-[\w-]+)\s*\(?==([\w.]+)\)?\s*;.*and-cuda/gm),
  ];
  if (requests.length === 0) {
    const advice = 'Choose another version with --tensorflow.';
    throw invalid('backend install', 'CUDA libraries in the metadata', wheel, 'none', advice);
  }
  return requests.map(([, distribution = '', version = '']) => ({ distribution, version, tags: TAGS }));
}

/** Fetches each wheel, unpacks its shared libraries into `deps`/nvidia, and deletes it before the next. */
export async function addCudaLibraries(
  requests: readonly WheelRequest[],
  deps: string,
  options: FetchWheelOptions,
): Promise<void> {
  for (const request of requests) {
    const wheel = await fetchWheel(request, options);
    const choose = (name: string) => (/^nvidia\/.*\.so(\.|$)/.test(name) ? name : undefined);
    await unpackWheel(wheel, deps, choose, { ...(options.signal && { signal: options.signal }) });
    await rm(wheel);
  }
}

/** @throws NativeError where no driver of an NVIDIA device is loaded */
export async function requireNvidiaDriver(): Promise<void> {
  for (const path of ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg']) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return;
  }
  const advice = 'Leave --gpu out to compute on the processor.';
  throw invalid('backend install', 'an NVIDIA driver', '--gpu', 'none', advice);
}
