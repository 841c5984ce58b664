import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  callsOf,
  FAKE_TENSORFLOW,
  type FakeTools,
  fakeDigest,
  fakeTools,
} from '../../../../test/support/fake-tools.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { NativeError, type NativeFault } from '../../src/errors.js';
import { type InstallOptions, installNative } from '../../src/install/install-native.js';
import type { NativeInstall } from '../../src/install/install-record.js';
import { removeNative } from '../../src/install/remove-native.js';

/** The pinned digest of the default version. */
const PINNED = '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298';

/** An empty cache folder, the fakes on PATH, and `install` into it. */
async function workshop(tools?: FakeTools) {
  const folder = await tempDir();
  await fakeTools(folder, tools);
  const cacheDir = join(folder, 'cache');
  return {
    folder,
    cacheDir,
    backends: join(cacheDir, 'backends'),
    install: (options: InstallOptions = {}) =>
      installNative({
        tensorflow: FAKE_TENSORFLOW,
        sha256: fakeDigest(tools?.wheel),
        platform: 'linux-x64',
        cacheDir,
        ...options,
      }),
  };
}

afterEach(() => vi.unstubAllEnvs());

describe('installNative', () => {
  it('puts the package, the library and the binding in place, and returns what it did', async () => {
    const { backends, install } = await workshop();
    const steps = new Set<string>();
    const outcome = await install({ onProgress: ({ step }) => steps.add(step) });
    expect(outcome).toMatchObject({
      state: 'installed',
      folder: join(backends, 'tfjs-node'),
      package: '@tensorflow/tfjs-node',
      version: '4.22.0',
      tensorflow: FAKE_TENSORFLOW,
      platform: 'linux-x64',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(outcome.difference).toBeLessThan(1e-6);
    expect([...steps]).toEqual(['package', 'unpack', 'compile', 'check']);
    const root = join(outcome.folder, 'node_modules', '@tensorflow', 'tfjs-node');
    expect(existsSync(join(root, 'lib', 'napi-v8', 'tfjs_binding.node'))).toBe(true);
    expect((await readdir(join(root, 'deps', 'lib'))).sort()).toEqual([
      'libtensorflow.so',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so',
      'libtensorflow_framework.so.2',
    ]);
    expect(await readlink(join(root, 'deps', 'lib', 'libtensorflow.so'))).toBe('libtensorflow_cc.so.2');
    expect(await readFile(join(root, 'deps', 'lib', 'libtensorflow_cc.so.2'), 'utf8')).toBe('library');
    expect(await readdir(join(root, 'deps', 'include', 'tensorflow', 'c'))).toEqual(['c_api.h']);
    expect(existsSync(join(root, 'build'))).toBe(false);
    expect(await readdir(join(root, '..', 'tfjs', 'dist'))).toEqual(['tf.node.js']);
    expect(await readdir(backends)).toEqual(['tfjs-node']);
  });

  it('asks npm for no scripts, pip for one wheel of its own platform, the linker for a relative path', async () => {
    const { folder, install } = await workshop();
    await install();
    const [npm, pip, theirs, ours, linker, addon] = await callsOf(folder);
    expect(addon).toContain('environment.cc');
    expect(npm).toContain('npm ci --ignore-scripts');
    expect(pip).toContain('--no-deps --only-binary=:all:');
    expect(pip).toContain('--platform=manylinux2014_x86_64');
    expect(theirs).toContain('-DTFE_OpSetAttrString=set_string_or_list');
    expect(theirs).toContain('-DTFE_NewOp=new_op_or_command');
    expect(ours).toContain('-Wall -Wextra');
    expect(ours).not.toContain('-Werror');
    expect(linker).toContain('-Wl,-rpath,$ORIGIN/../../deps/lib');
  });

  it('counts the bytes of the wheel once, although pip copies it from folder to folder', async () => {
    const { folder, install } = await workshop({ python3: 'copies slowly' });
    const { size } = await stat(join(folder, 'fake.whl'));
    const counts = new Set<number | undefined>();
    await install({ onProgress: ({ step, bytes }) => step === 'download' && counts.add(bytes) });
    expect([...counts]).toContain(size);
    for (const count of counts) expect(count).toBeLessThanOrEqual(size);
  });

  it('finds a working install, and needs no tool for it', async () => {
    const { folder, install } = await workshop();
    await install();
    await fakeTools(folder, { python3: 'missing', npm: 'missing', compiler: 'missing' });
    expect(await install()).toMatchObject({ state: 'present', tensorflow: FAKE_TENSORFLOW });
  });

  it('replaces a broken install', async () => {
    const { install } = await workshop();
    const { folder } = await install();
    await writeFile(
      join(folder, 'node_modules/@tensorflow/tfjs-node/dist/index.js'),
      'throw new Error("broken")',
    );
    expect(await install()).toMatchObject({ state: 'installed' });
    expect(await install()).toMatchObject({ state: 'present' });
  });

  it('replaces an install with an earlier binding', async () => {
    const { install } = await workshop();
    const { folder, binding } = await install();
    const record = join(folder, 'install.json');
    const { binding: _, ...older } = JSON.parse(await readFile(record, 'utf8')) as NativeInstall;
    await writeFile(record, JSON.stringify(older));
    expect(await install()).toMatchObject({ state: 'installed', binding });
    expect(await install()).toMatchObject({ state: 'present', binding });
  });

  it('sweeps up what a killed install left', async () => {
    const { backends, install } = await workshop();
    await mkdir(join(backends, 'tfjs-node.staging-0123'), { recursive: true });
    await mkdir(join(backends, 'tfjs-node.old'));
    await install();
    expect(await readdir(backends)).toEqual(['tfjs-node']);
  });

  it('lets a second install at the same time wait, and find the work done', async () => {
    const { folder, install } = await workshop();
    const states = (await Promise.all([install(), install()])).map(({ state }) => state);
    expect(states.sort()).toEqual(['installed', 'present']);
    expect((await callsOf(folder)).filter((call) => call.startsWith('c++ -shared'))).toHaveLength(1);
  });

  it.each<[FakeTools, NativeFault, string]>([
    [
      { python3: 'missing' },
      'impossible here',
      'cannot download TensorFlow: there is no python3 on PATH. ' +
        'Install Python 3, for example with "apt install python3-pip".',
    ],
    [
      { python3: 'has no pip' },
      'impossible here',
      'cannot download TensorFlow: python3 has no pip. Install pip, for example with "apt install python3-pip".',
    ],
    [
      { npm: 'missing' },
      'impossible here',
      'cannot download @tensorflow/tfjs-node: there is no npm on PATH. Install npm, which comes with Node.js.',
    ],
    [
      { compiler: 'missing' },
      'impossible here',
      'cannot compile the binding: there is no C++ compiler on PATH (c++, g++, clang++). ' +
        'Install one, for example with "apt install g++" or "xcode-select --install".',
    ],
    [
      { npm: 'has no network' },
      'impossible here',
      'cannot download @tensorflow/tfjs-node 4.22.0: the npm registry does not answer. ' +
        'Check the network, or name a mirror with npm_config_registry.',
    ],
    [
      { npm: 'finds no version' },
      'failed',
      'cannot download @tensorflow/tfjs-node 4.22.0: npm says "notarget No matching version found".',
    ],
    [
      { npm: 'gets another package' },
      'failed',
      'cannot download @tensorflow/tfjs-node 4.22.0: a package has another sha512 than the pinned one. ' +
        'Try again, or with another registry: something on the way changes the files.',
    ],
    [
      { python3: 'has no network' },
      'impossible here',
      'cannot download tensorflow-cpu 2.99.0: the Python package index does not answer. ' +
        'Check the network, or set PIP_INDEX_URL to a mirror that this machine reaches.',
    ],
    [
      { python3: 'finds no version' },
      'failed',
      'cannot download tensorflow-cpu 2.99.0: the index has no wheel of this version for this platform. ' +
        'Choose another version with the option tensorflow, or leave it out.',
    ],
    [
      { python3: 'gets another file' },
      'failed',
      `cannot use tensorflow-cpu 2.99.0: its sha256 is ${'ab'.repeat(32)} and not ${fakeDigest()}. ` +
        'The file was deleted. Try again, or on another network: something on the way changes the file.',
    ],
    [
      { python3: 'has a full disk' },
      'failed',
      'cannot download tensorflow-cpu 2.99.0: the disk is full. ' +
        'Free some space, or set TFJS_NATIVE_CACHE to a folder that can be written and has room.',
    ],
    [
      { compiler: 'fails' },
      'failed',
      'cannot compile the binding: c++ says "c_api.h: No such file". ' +
        'A C++17 compiler is needed, such as g++ 9.',
    ],
    [
      { backend: 'crashes' },
      'failed',
      'cannot compute with @tensorflow/tfjs-node: SIGILL ended the process that checked it. Nothing was installed.',
    ],
    [
      { backend: 'throws' },
      'failed',
      'cannot compute with @tensorflow/tfjs-node: its check failed with "no such symbol". Nothing was installed.',
    ],
  ])(
    '%j (%s): one sentence, and nothing is left but a wheel for another try',
    async (tools, fault, message) => {
      const { backends, install } = await workshop(tools);
      const error: unknown = await install().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(NativeError);
      expect(error).toMatchObject({ fault, message: `installNative: ${message}` });
      expect((await readdir(backends)).filter((name) => name !== 'tfjs-node.wheel')).toEqual([]);
    },
  );

  it('names the compiler that CXX asks for where it does not run', async () => {
    const { install } = await workshop();
    vi.stubEnv('CXX', 'no-such-compiler');
    await expect(install()).rejects.toThrow(
      'installNative: cannot compile the binding: CXX names no-such-compiler, which does not run. Install one,',
    );
  });

  it('refuses a backend that computes something else', async () => {
    const { backends, install } = await workshop({ backend: 'miscalculates' });
    await expect(install()).rejects.toThrow(
      /: its convolution differs from WASM's by \d.*Nothing was installed\.$/,
    );
    expect(await readdir(backends)).not.toContain('tfjs-node');
  });

  it.each<[NonNullable<FakeTools['wheel']>, RegExp]>([
    [
      'empty',
      /cannot unpack .*\.whl: it holds no tensorflow\/libtensorflow_cc\.so\.2\. Choose another version with the option tensorflow/,
    ],
    ['damaged', /cannot unpack .*\.whl: it is damaged \(.*\)\. Delete it and try again\.$/],
  ])('refuses a wheel that is %s', async (wheel, message) => {
    const { install } = await workshop({ wheel });
    await expect(install()).rejects.toThrow(message);
  });

  it('refuses a wheel of the default version that is not the pinned one, whatever pip says', async () => {
    const { backends, install } = await workshop();
    await expect(install({ tensorflow: '2.18.1', sha256: PINNED })).rejects.toThrow(
      /cannot use tensorflow-cpu 2\.18\.1: its sha256 is [0-9a-f]{64} and not 810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298\. The file was deleted\./,
    );
    expect(await readdir(backends)).toEqual([]);
  });

  it.each([
    ['win32-x64', 'linux-x64, linux-arm64, darwin-arm64'],
    ['linux-x64-musl', 'linux-x64, linux-arm64, darwin-arm64'],
  ])('refuses %s and names the platforms there are', async (platform, known) => {
    const { install } = await workshop();
    await expect(install({ platform })).rejects.toMatchObject({
      fault: 'impossible here',
      message:
        `installNative: cannot install TensorFlow: there is no library of it for ${platform}, only for ${known}. ` +
        'The wasm backend works everywhere.',
    });
  });

  it('refuses a disk that is too full before anything is fetched', async () => {
    const { folder, backends, install } = await workshop();
    await expect(install({ freeBytes: () => Promise.resolve(4e8) })).rejects.toMatchObject({
      fault: 'failed',
      message:
        `installNative: cannot write ${join(backends, 'tfjs-node')}: it takes 1.3 GB and 0.4 GB are free. ` +
        'Free some space, or set TFJS_NATIVE_CACHE to a folder that can be written and has room.',
    });
    expect(await callsOf(folder)).toEqual([]);
  });

  it.each<[object, string]>([
    [
      { tensorflow: '2.18.1 --index-url x' },
      'installNative: expected a version such as 2.18.1 for tensorflow, got "2.18.1 --index-url x".',
    ],
    [
      { sha256: undefined },
      'installNative: expected the digest of the wheel of tensorflow-cpu 2.99.0, which is not pinned, for sha256, got none. ' +
        'The page of that version on the Python package index lists the sha256 of each wheel.',
    ],
    [
      { sha256: 'abc' },
      'installNative: expected 64 hex digits for sha256, got "abc". ' +
        'The page of that version on the Python package index lists the sha256 of each wheel.',
    ],
    [
      { tensorflow: '2.18.1', sha256: 'ab'.repeat(32) },
      `installNative: expected ${PINNED}, the pinned digest of ` +
        `tensorflow-cpu 2.18.1, for sha256, got ${'ab'.repeat(32)}. Leave it out.`,
    ],
    [{ device: 'tpu' }, `installNative: expected 'cpu' or 'gpu' for device, got "tpu".`],
  ])('refuses %j', async (options, message) => {
    const { install } = await workshop();
    await expect(install(options)).rejects.toMatchObject({ fault: 'wrong argument', message });
  });

  it('refuses CUDA where no NVIDIA driver is loaded, before anything is fetched', async ({ skip }) => {
    skip(
      existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl'),
      'there is an NVIDIA driver',
    );
    const { folder, install } = await workshop();
    await expect(install({ device: 'gpu' })).rejects.toMatchObject({
      fault: 'impossible here',
      message:
        'installNative: cannot install TensorFlow with CUDA: this machine has no NVIDIA driver. ' +
        "Leave device: 'gpu' out to compute on the processor.",
    });
    expect(await callsOf(folder)).toEqual([]);
  });

  it('stops at once when it is told to, and leaves nothing half-made', async () => {
    const { folder, backends, install } = await workshop({ python3: 'hangs' });
    const stop = new AbortController();
    const installing = install({ signal: stop.signal });
    const failed = expect(installing).rejects.toThrow('enough');
    while ((await callsOf(folder)).length < 2) await sleep(20);
    stop.abort(new Error('enough'));
    await failed;
    expect((await readdir(backends)).filter((name) => name !== 'tfjs-node.wheel')).toEqual([]);
    await fakeTools(folder);
    expect(await install()).toMatchObject({ state: 'installed' });
  });

  it('leaves an older install as it was where a new one fails', async () => {
    const { folder, install } = await workshop();
    const { folder: at } = await install();
    await fakeTools(folder, { compiler: 'fails' });
    await expect(install({ tensorflow: '2.98.0', sha256: fakeDigest() })).rejects.toThrow(NativeError);
    await fakeTools(folder);
    expect((await stat(join(at, 'install.json'))).isFile()).toBe(true);
    expect(await install()).toMatchObject({ state: 'present' });
  });
});

describe('removeNative', () => {
  it('undoes an install, once', async () => {
    const { cacheDir, backends, install } = await workshop();
    const { folder } = await install();
    expect(await removeNative({ cacheDir })).toEqual({ folder, state: 'removed' });
    expect(await readdir(backends)).toEqual([]);
    expect(await removeNative({ cacheDir })).toEqual({ folder, state: 'absent' });
  });

  it('says so where nothing was ever installed, and makes no folder', async () => {
    const cacheDir = join(await tempDir(), 'cache');
    expect(await removeNative({ cacheDir })).toMatchObject({ state: 'absent' });
    expect(existsSync(cacheDir)).toBe(false);
  });
});
