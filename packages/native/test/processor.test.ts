import type * as FileSystem from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installFakeNative, removeTensorFlow } from '../../../test/support/fake-native.js';
import { useNative } from '../src/index.js';
import { installNative } from '../src/install/install-native.js';
import { hasAvx512, lacksAvx } from '../src/processor.js';

const HASWELL =
  'processor\t: 0\nmodel name\t: Intel\nflags\t\t: fpu sse2 sse4_2 xsave avx f16c avx2\nbugs\t\t: swapgs\n';
const KVM64 =
  'processor\t: 0\nmodel name\t: Common KVM processor\nflags\t\t: fpu sse2 cx16 avx_like\nbugs\t\t:\n';

let cpuInfo: string | undefined;

vi.mock('node:fs', async (original) => {
  const real = await original<typeof FileSystem>();
  const readFileSync = (path: string, ...rest: unknown[]): unknown => {
    if (path !== '/proc/cpuinfo') return Reflect.apply(real.readFileSync, real, [path, ...rest]);
    if (cpuInfo === undefined) throw new Error('ENOENT');
    return cpuInfo;
  };
  return { ...real, readFileSync };
});

describe.runIf(process.arch === 'x64')('a processor', () => {
  beforeEach(() => {
    cpuInfo = KVM64;
  });
  afterEach(removeTensorFlow);

  it.each([
    [HASWELL, false, false],
    [HASWELL.replace('avx2', 'avx2 avx512f avx512dq'), false, true],
    [KVM64, true, false],
    ['Processor\t: AArch64\nFeatures\t: fp asimd\n', false, false],
    [undefined, false, false],
  ])('that Linux describes as %j lacks AVX: %j, and has AVX-512: %j', (text, lacks, has) => {
    cpuInfo = text;
    expect([lacksAvx(), hasAvx512()]).toEqual([lacks, has]);
  });

  it('without AVX is not given a library that would end the process', async () => {
    const { cacheDir } = await installFakeNative();
    await expect(useNative({ cacheDir, device: 'cpu' })).rejects.toThrow(
      '@tensorflow/tfjs-node: loadNative: cannot load @tensorflow/tfjs-node: ' +
        'TensorFlow is compiled for AVX, which this processor does not have.',
    );
    cpuInfo = HASWELL;
    expect(await useNative({ cacheDir })).toMatchObject({ name: '@tensorflow/tfjs-node' });
  });

  it('without AVX is told so before an install fetches anything', async () => {
    await expect(installNative()).rejects.toMatchObject({
      fault: 'impossible here',
      message: expect.stringContaining(
        `there is no library of it for ${process.platform}-x64 without AVX`,
      ) as string,
    });
  });
});
