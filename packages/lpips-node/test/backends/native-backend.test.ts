import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getBackend, memory, mul, Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installFakeNative, removeTensorFlow } from '../../../../test/support/fake-native.js';
import {
  FAKE_TENSORFLOW,
  type FakeTools,
  fakeDigest,
  fakeTools,
} from '../../../../test/support/fake-tools.js';
import { hideGpu, NO_DEVICE } from '../../../../test/support/hide-gpu.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { listBackends, selectBackend } from '../../src/backends/select-backend.js';
import { lpips } from '../support/run-lpips.js';

/** Installs the stand-in for tfjs-node into a cache folder of its own, which this process then uses. */
async function installFake(): Promise<string> {
  const { cacheDir, path } = await installFakeNative();
  vi.stubEnv('TFJS_NATIVE_CACHE', cacheDir);
  return path;
}

beforeEach(() => {
  hideGpu();
  Reflect.deleteProperty(globalThis, 'secondCopies');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  removeTensorFlow();
});

describe('an installed native backend', () => {
  it('is what auto takes, with the copy of TensorFlow.js that is already there', async () => {
    const path = await installFake();
    const { name, tried } = await selectBackend('auto');
    expect(name).toBe('tensorflow');
    expect(tried.at(-1)).toEqual({
      name: 'tfjs-node',
      backend: 'tensorflow',
      ok: true,
      version: '4.22.0',
      path,
      library: `TensorFlow ${FAKE_TENSORFLOW}`,
    });
    expect(getBackend()).toBe('tensorflow');
    expect(Reflect.get(globalThis, 'secondCopies')).toBeUndefined();
    const before = memory().numTensors;
    const doubled = tidy(() => mul(tensor1d([1, 2]), 2));
    expect(doubled).toBeInstanceOf(Tensor);
    expect([...(await doubled.data())]).toEqual([2, 4]);
    expect(memory().numTensors).toBe(before + 1);
    doubled.dispose();
  });

  it('is listed with both versions and marked', async () => {
    await installFake();
    const line = (await lpips('backend', 'list')).out.split('\n')[2];
    expect(line).toMatch(new RegExp(`^\\* tfjs-node +4\\.22\\.0 +ready: TensorFlow ${FAKE_TENSORFLOW}$`));
  });

  it('without its binding is listed with the reason, not loaded, and wasm is taken', async () => {
    const path = await installFake();
    await rm(join(path, 'lib'), { recursive: true });
    await writeFile(join(path, 'dist', 'index.js'), 'throw new Error("it was loaded")');
    const states = await listBackends();
    expect(states.find(({ name }) => name === 'tfjs-node')).toMatchObject({
      state: 'failed',
      version: '4.22.0',
      reason: 'its native binding is missing; run "lpips backend install"',
    });
    expect(states.find(({ chosen }) => chosen)?.name).toBe('wasm');
  });

  it('that does not load is passed over with its reason, and one that loads can be selected afterwards', async () => {
    const path = await installFake();
    await writeFile(
      join(path, 'dist', 'index.js'),
      'throw new Error("libtensorflow.so: not an ELF file\\nand more")',
    );
    const { name, tried } = await selectBackend('auto');
    expect(name).toBe('wasm');
    expect(tried.map(({ reason }) => reason)).toEqual([
      'not installed',
      NO_DEVICE,
      'libtensorflow.so: not an ELF file',
      undefined,
    ]);
    await installFake();
    expect((await selectBackend('tensorflow')).name).toBe('tensorflow');
  });
});

describe('lpips backend install', () => {
  it('says what it did, and again that it is done; --remove undoes it', async () => {
    const folder = await tempDir();
    await fakeTools(folder);
    vi.stubEnv('TFJS_NATIVE_CACHE', join(folder, 'cache'));
    const at = join(folder, 'cache', 'backends', 'tfjs-node');
    const first = await lpips(
      'backend',
      'install',
      '--tensorflow',
      FAKE_TENSORFLOW,
      '--sha256',
      fakeDigest(),
    );
    expect(first.code).toBe(0);
    expect(first.out).toContain(`installed  @tensorflow/tfjs-node 4.22.0 on TensorFlow ${FAKE_TENSORFLOW}\n`);
    expect(first.out).toContain(`where      ${at}\n`);
    // Whether the few bytes of the wheel are seen on their way depends on the machine's load.
    expect(first.error.replace('downloading TensorFlow\n', '')).toBe(
      'adding the npm package\nunpacking its library\ncompiling the binding\n' +
        'checking a convolution against WASM\n',
    );
    const again = await lpips(
      'backend',
      'install',
      '--tensorflow',
      FAKE_TENSORFLOW,
      '--sha256',
      fakeDigest(),
      '--json',
      '--quiet',
    );
    expect(again.error).toBe('');
    expect(JSON.parse(again.out)).toMatchObject({
      state: 'present',
      folder: at,
      tensorflow: FAKE_TENSORFLOW,
    });
    expect(await lpips('backend', 'install', '--remove')).toEqual({
      code: 0,
      out: `removed ${at}\n`,
      error: '',
    });
    const nothing = await lpips('backend', 'install', '--remove');
    expect(nothing).toEqual({ code: 0, out: `nothing to remove at ${at}\n`, error: '' });
  });

  it.each<[FakeTools, string[], code: number, message: string]>([
    [
      { npm: 'has no network' },
      [],
      4,
      'cannot download @tensorflow/tfjs-node 4.22.0: the npm registry does not answer. ' +
        'Check the network, or name a mirror with npm_config_registry.',
    ],
    [
      { compiler: 'missing' },
      [],
      4,
      'cannot compile the binding: there is no C++ compiler on PATH (c++, g++, clang++). ' +
        'Install one, for example with "apt install g++" or "xcode-select --install".',
    ],
    [
      { python3: 'finds no version' },
      ['--tensorflow', FAKE_TENSORFLOW, '--sha256', fakeDigest()],
      1,
      'cannot download tensorflow-cpu 2.99.0: the index has no wheel of this version for this platform. ' +
        'Choose another version with --tensorflow, or leave it out.',
    ],
    [{}, ['--tensorflow', 'new'], 2, 'expected a version such as 2.18.1 for --tensorflow, got "new".'],
  ])('with %j, given %j, ends with %i and one sentence', async (tools, flags, code, message) => {
    const folder = await tempDir();
    await fakeTools(folder, tools);
    vi.stubEnv('TFJS_NATIVE_CACHE', join(folder, 'cache'));
    expect(await lpips('backend', 'install', '--quiet', ...flags)).toEqual({
      code,
      out: '',
      error: `lpips backend install: ${message}\n`,
    });
  });

  it('refuses a flag that it does not know: 2', async () => {
    expect(await lpips('backend', 'install', '--gpus')).toMatchObject({ code: 2, out: '' });
  });

  it('says in its help what its exit codes mean', async () => {
    const { out } = await lpips('backend', 'install', '--help');
    expect(out.replaceAll(/\s+/g, ' ')).toContain('4 not possible on this machine');
  });
});
