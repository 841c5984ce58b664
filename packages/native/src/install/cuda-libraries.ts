/**
 * @module
 * The CUDA libraries beside a TensorFlow that was built for them: the wheels of its extra `and-cuda`, in the versions
 * that its metadata names. The digests of those of the default version are pinned, and the caller states those of any other.
 * TensorFlow's library looks for them in `../nvidia/<part>/lib`, seen from its own folder.
 */
import { rm, stat } from 'node:fs/promises';
import { cannot } from '../errors.js';
import { ANOTHER_VERSION, type FetchWheelOptions, fetchWheel, type WheelRequest } from './fetch-wheel.js';
import { readFromWheel, unpackWheel } from './unpack-wheel.js';
import { cudaDigests, type StatedDigests } from './wheel-digests.js';

/** NVIDIA's wheels name older platforms than TensorFlow's. */
const TAGS = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64'];

/** The sha256 of every wheel that the default version of TensorFlow asks for, under its requirement. */
export const CUDA_DIGESTS: Readonly<Record<string, string>> = {
  'nvidia-cublas-cu12==12.5.3.2': 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
  'nvidia-cuda-cupti-cu12==12.5.82': 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
  'nvidia-cuda-nvcc-cu12==12.5.82': 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
  'nvidia-cuda-nvrtc-cu12==12.5.82': '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
  'nvidia-cuda-runtime-cu12==12.5.82': '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
  'nvidia-cudnn-cu12==9.3.0.75': '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
  'nvidia-cufft-cu12==11.2.3.61': '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
  'nvidia-curand-cu12==10.3.6.82': '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536',
  'nvidia-cusolver-cu12==11.6.3.83': '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
  'nvidia-cusparse-cu12==12.5.1.3': '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
  'nvidia-nccl-cu12==2.21.5': '8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0',
  'nvidia-nvjitlink-cu12==12.5.82': 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
};

/**
 * The wheels that TensorFlow's own wheel asks for in its extra `and-cuda`.
 *
 * @param stated digests of those that are not pinned
 * @throws NativeError where it asks for none, or for one whose digest is neither pinned nor stated
 */
export async function cudaRequests(
  wheel: string,
  stated?: StatedDigests['cuda'],
): Promise<readonly WheelRequest[]> {
  const metadata = await readFromWheel(wheel, (name) => name.endsWith('.dist-info/METADATA'));
  const found = (metadata ?? '').matchAll(
    /^Requires-Dist: (?<distribution>nvidia-[\w-]+)\s*\(?==(?<version>[\w.]+)\)?\s*;.*and-cuda/gm,
  );
  const wanted = Array.from(found, ({ groups }) => ({ distribution: '', version: '', ...groups }));
  if (wanted.length === 0) {
    const why = `the metadata of ${wheel} names none`;
    throw cannot('installNative', 'find the CUDA libraries', why, ANOTHER_VERSION);
  }
  const names = wanted.map(({ distribution, version }) => `${distribution}==${version}`);
  const digests = cudaDigests(names, CUDA_DIGESTS, stated);
  return wanted.map(({ distribution, version }, index) => {
    return { distribution, version, tags: TAGS, sha256: digests[index] ?? '' };
  });
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
