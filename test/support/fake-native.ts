/**
 * @module
 * The stand-in for tfjs-node, installed, and its backend taken out of TensorFlow.js again.
 */
import { join } from 'node:path';
import {
  findBackendFactory,
  getKernelsForBackend,
  removeBackend,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { installNative } from 'tfjs-native/install';
import { FAKE_TENSORFLOW, fakeDigest, fakeTools } from './fake-tools.js';
import { tempDir } from './temp-dir.js';

/** Installs it into a cache folder of its own. `path` is the folder of the package. */
export async function installFakeNative(): Promise<{ cacheDir: string; path: string }> {
  const folder = await tempDir();
  await fakeTools(folder);
  const cacheDir = join(folder, 'cache');
  const installed = await installNative({
    tensorflow: FAKE_TENSORFLOW,
    sha256: fakeDigest(),
    platform: 'linux-x64',
    cacheDir,
  });
  return { cacheDir, path: join(installed.folder, 'node_modules', '@tensorflow', 'tfjs-node') };
}

/** Removes the backend `tensorflow` and its kernels, where they are registered. */
export function removeTensorFlow(): void {
  if (findBackendFactory('tensorflow') !== null) removeBackend('tensorflow');
  for (const { kernelName } of getKernelsForBackend('tensorflow')) unregisterKernel(kernelName, 'tensorflow');
}
