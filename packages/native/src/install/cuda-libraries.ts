/**
 * @module
 * The CUDA libraries beside a TensorFlow that was built for them: the wheels of its extra `and-cuda`, in the versions
 * that its metadata names. TensorFlow's library looks for them in `../nvidia/<part>/lib`, seen from its own folder.
 */
import { rm, stat } from 'node:fs/promises';
import { cannot } from '../errors.js';
import { ANOTHER_VERSION, type FetchWheelOptions, fetchWheel, type WheelRequest } from './fetch-wheel.js';
import { readFromWheel, unpackWheel } from './unpack-wheel.js';

/** NVIDIA's wheels name older platforms than TensorFlow's. */
const TAGS = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64'];

/**
 * The wheels that TensorFlow's own wheel asks for in its extra `and-cuda`.
 *
 * @throws NativeError where it asks for none
 */
export async function cudaRequests(wheel: string): Promise<readonly WheelRequest[]> {
  const metadata = await readFromWheel(wheel, (name) => name.endsWith('.dist-info/METADATA'));
  const requirements = (metadata ?? '').matchAll(
    /^Requires-Dist: (?<distribution>nvidia-[\w-]+)\s*\(?==(?<version>[\w.]+)\)?\s*;.*and-cuda/gm,
  );
  const requests: WheelRequest[] = [];
  for (const { groups } of requirements) {
    const { distribution, version } = { ...groups };
    if (distribution !== undefined && version !== undefined)
      requests.push({ distribution, version, tags: TAGS });
  }
  if (requests.length > 0) return requests;
  const why = `the metadata of ${wheel} names none`;
  throw cannot('installNative', 'find the CUDA libraries', why, ANOTHER_VERSION);
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

/** @throws NativeError where no NVIDIA driver is loaded */
export async function requireNvidiaDriver(): Promise<void> {
  for (const path of ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg']) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return;
  }
  const advice = {
    inCode: "Leave device: 'gpu' out to compute on the processor.",
    inCommand: 'Leave --gpu out to compute on the processor.',
  };
  const why = 'this machine has no NVIDIA driver';
  throw cannot('installNative', 'install TensorFlow with CUDA', why, advice, 'impossible here');
}
