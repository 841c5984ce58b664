import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findBackendFactory,
  getBackend,
  getKernelsForBackend,
  memory,
  mul,
  removeBackend,
  setBackend,
  tensor1d,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAKE_TENSORFLOW, fakeTools } from '../../../test/support/fake-tools.js';
import { tempDir } from '../../../test/support/temp-dir.js';
import { findNative, NativeError, startNative, useNative } from '../src/index.js';
import { installNative } from '../src/install/install-native.js';

/** Installs the stand-in for tfjs-node into a cache folder of its own. */
async function installFake(): Promise<{ cacheDir: string; path: string }> {
  const folder = await tempDir();
  await fakeTools(folder);
  const cacheDir = join(folder, 'cache');
  const installed = await installNative({ tensorflow: FAKE_TENSORFLOW, platform: 'linux-x64', cacheDir });
  return { cacheDir, path: join(installed.folder, 'node_modules', '@tensorflow', 'tfjs-node') };
}

beforeEach(async () => {
  Reflect.deleteProperty(globalThis, 'secondCopies');
  await setBackend('wasm');
});
afterEach(() => {
  vi.unstubAllEnvs();
  if (findBackendFactory('tensorflow') !== null) removeBackend('tensorflow');
  for (const { kernelName } of getKernelsForBackend('tensorflow')) unregisterKernel(kernelName, 'tensorflow');
});

describe('useNative', () => {
  it('makes the installed backend that of TensorFlow.js, with the copy that is already there', async () => {
    const { cacheDir, path } = await installFake();
    expect(await useNative({ cacheDir })).toEqual({
      device: 'cpu',
      name: '@tensorflow/tfjs-node',
      path,
      version: '4.22.0',
      hasBinding: true,
      library: `TensorFlow ${FAKE_TENSORFLOW}`,
    });
    expect(getBackend()).toBe('tensorflow');
    expect(Reflect.get(globalThis, 'secondCopies')).toBeUndefined();
    const doubled = mul(tensor1d([1, 2]), 2);
    expect([...doubled.dataSync()]).toEqual([2, 4]);
    doubled.dispose();
  });

  it('finds the folder that TFJS_NATIVE_CACHE names, and is done at once when it is called again', async () => {
    const { cacheDir } = await installFake();
    vi.stubEnv('TFJS_NATIVE_CACHE', cacheDir);
    const first = await useNative();
    const { numTensors } = memory();
    expect(await useNative()).toEqual(first);
    expect(memory().numTensors).toBe(numTensors);
  });

  it('says that nothing is installed, and the command that changes it; the backend stays', async () => {
    const cacheDir = await tempDir();
    await expect(useNative({ cacheDir })).rejects.toThrow(NativeError);
    await expect(useNative({ cacheDir })).rejects.toThrow(
      'useNative: cannot start the native backend: @tensorflow/tfjs-node-gpu: not installed; ' +
        '@tensorflow/tfjs-node: not installed. Install it with "npx tfjs-native install".',
    );
    await expect(useNative({ cacheDir, device: 'gpu' })).rejects.toThrow(
      'useNative: cannot start the native backend: @tensorflow/tfjs-node-gpu: not installed. ' +
        'Install it with "npx tfjs-native install --gpu".',
    );
    expect(getBackend()).toBe('wasm');
  });

  it('says why a package does not load, and takes one that does afterwards', async () => {
    const { cacheDir, path } = await installFake();
    await writeFile(join(path, 'dist', 'index.js'), 'throw new Error("not an ELF file\\nand more")');
    await expect(useNative({ cacheDir, device: 'cpu' })).rejects.toThrow(
      'useNative: cannot start the native backend: @tensorflow/tfjs-node: not an ELF file. Install it',
    );
    const { cacheDir: other } = await installFake();
    expect(await useNative({ cacheDir: other })).toMatchObject({ name: '@tensorflow/tfjs-node' });
  });
});

describe('startNative', () => {
  it('does not load a package without its binding', async () => {
    const { cacheDir, path } = await installFake();
    await rm(join(path, 'lib'), { recursive: true });
    await writeFile(join(path, 'dist', 'index.js'), 'throw new Error("it was loaded")');
    const [native] = findNative('cpu', cacheDir);
    expect(native).toMatchObject({ device: 'cpu', path, hasBinding: false });
    expect(await startNative('cpu', cacheDir)).toEqual({
      state: 'no binding',
      native,
      reason: 'its native binding is missing',
    });
  });

  it('gives no package where none is installed', async () => {
    const cacheDir = await tempDir();
    expect(findNative('gpu', cacheDir)).toEqual([]);
    expect(await startNative('gpu', cacheDir)).toEqual({ state: 'not installed' });
  });
});
