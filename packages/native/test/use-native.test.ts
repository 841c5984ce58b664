import { renameSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getBackend, memory, mul, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installFakeNative, removeTensorFlow } from '../../../test/support/fake-native.js';
import { FAKE_TENSORFLOW } from '../../../test/support/fake-tools.js';
import { tempDir } from '../../../test/support/temp-dir.js';
import { findNative, NativeError, startNative, useNative } from '../src/index.js';

beforeEach(async () => {
  Reflect.deleteProperty(globalThis, 'secondCopies');
  await setBackend('wasm');
});
afterEach(() => {
  vi.unstubAllEnvs();
  removeTensorFlow();
});

describe('useNative', () => {
  it('makes the installed backend that of TensorFlow.js, with the copy that is already there', async () => {
    const { cacheDir, path } = await installFakeNative();
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
    const { cacheDir } = await installFakeNative();
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

  it('loads a package whose files are gone for a moment, while an install replaces it', async () => {
    const { cacheDir, path } = await installFakeNative();
    const [file, aside] = [join(path, 'dist', 'index.js'), join(path, 'dist', 'aside.js')];
    await rename(file, aside);
    await writeFile(file, `require('./part.js')\n`);
    setTimeout(() => renameSync(aside, join(path, 'dist', 'part.js')), 50);
    expect(await useNative({ cacheDir, device: 'cpu' })).toMatchObject({ path });
    expect(getBackend()).toBe('tensorflow');
  });

  it('says why a package does not load, and takes one that does afterwards', async () => {
    const { cacheDir, path } = await installFakeNative();
    await writeFile(join(path, 'dist', 'index.js'), 'throw new Error("not an ELF file\\nand more")');
    await expect(useNative({ cacheDir, device: 'cpu' })).rejects.toThrow(
      'useNative: cannot start the native backend: @tensorflow/tfjs-node: not an ELF file. Install it',
    );
    const { cacheDir: other } = await installFakeNative();
    expect(await useNative({ cacheDir: other })).toMatchObject({ name: '@tensorflow/tfjs-node' });
  });
});

describe('startNative', () => {
  it('does not load a package without its binding', async () => {
    const { cacheDir, path } = await installFakeNative();
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
