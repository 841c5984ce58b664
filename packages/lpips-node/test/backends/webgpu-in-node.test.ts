import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { add, fill, memory, ones, slice, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { checkImageRange, LpipsError } from 'lpips-core';
import { loadLpips, selectBackend, takeValues } from 'lpips-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { DEVICE_ENVIRONMENT, suiteOnWebGpu } from '../../../../test/support/webgpu.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const isSoftware = process.env['LPIPS_WEBGPU'] !== 'gpu';

/** Runs Node.js to its end; a process that does not end by itself is killed, and fails. */
async function runNode(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...DEVICE_ENVIRONMENT };
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: PACKAGE,
    env,
    timeout: 500_000,
  });
  return stdout;
}

await suiteOnWebGpu('a backend', () => {
  beforeAll(() => selectBackend('webgpu'));

  it('names its device, and whether that is the CPU', async () => {
    const { name, tried } = await selectBackend('webgpu');
    const { adapter } = tried.at(-1) ?? {};
    expect(name).toBe('webgpu');
    expect(adapter?.isCpu).toBe(isSoftware);
    if (isSoftware) expect(adapter?.name).toMatch(/^google, swiftshader, /);
  });

  it('gives values by data(), and refuses to read them at once in one sentence', async () => {
    const sum = tidy(() => add(ones([64, 64]), 1)); // a smaller one is computed by the processor
    expect(() => sum.dataSync()).toThrow(
      new LpipsError(
        'dataSync: cannot read the values of a tensor: WebGPU in Node gives them asynchronously only. ' +
          'Use "await tensor.data()".',
      ),
    );
    expect(new Set(await takeValues(sum))).toEqual(new Set([2]));
    const unused = tensor1d([1, 2, 3]); // not on the device yet
    expect([...unused.dataSync()]).toEqual([1, 2, 3]);
    unused.dispose();
  });

  it('rejects what the device refused, once, where it would give zeros', async () => {
    const huge = tidy(() => add(fill([2 ** 16, 2 ** 15], 1), 1)); // 8 GiB
    const corner = tidy(() => slice(huge, [0, 0], [1, 1]));
    await expect(corner.data()).rejects.toThrow(
      /^webgpu: cannot compute: .*\bsize\b.*[^.]\. Make the images or the batch smaller\.$/,
    );
    for (const used of [huge, corner]) used.dispose();
    expect([...(await takeValues(tidy(() => add(ones([1]), 1))))]).toEqual([2]);
  });

  describe('the check of values', () => {
    const spoiled = () => tidy((): Tensor4D => fill([1, 16, 16, 3], 3));

    it('is refused at once, with what takes its place', async () => {
      const lpips = await loadLpips({ net: 'lite', onWarning: null });
      const images = spoiled();
      expect(() => lpips.features(images, { checkRange: true })).toThrow(
        new LpipsError(
          'features: cannot check the values of reference: this backend reads asynchronously only. ' +
            'Leave out checkRange, and await checkImageRange of lpips-core for the images.',
        ),
      );
      for (const used of [lpips, images]) used.dispose();
    });

    it('works by checkImageRange, which leaves no tensor', async () => {
      const images = spoiled();
      const before = memory().numTensors;
      await expect(checkImageRange('load', 'photograph', images)).rejects.toThrow(
        'load: expected values in [-1, 1] for photograph, got values in [3, 3]. ' +
          'Pass the range that the images have as the option range.',
      );
      await checkImageRange('load', 'photograph', images, [0, 255]);
      expect(memory().numTensors).toBe(before);
      images.dispose();
    });
  });

  describe('commands', () => {
    it('lpips distance gives the number of wasm, and ends by itself', async () => {
      const folder = await tempDir();
      for (const [name, background] of [
        ['a', '#205080'],
        ['b', '#30a080'],
      ] as const) {
        const create = { width: 32, height: 32, channels: 3, background } as const;
        await sharp({ create })
          .png()
          .toFile(join(folder, `${name}.png`));
      }
      const distanceOn = async (backend: string) => {
        const args = ['distance', 'a.png', 'b.png'].map((arg) =>
          arg.endsWith('png') ? join(folder, arg) : arg,
        );
        const out = await runNode('dist/cli.js', ...args, '--net', 'lite', '--backend', backend, '--json');
        return JSON.parse(out) as { backend: string; distance: number };
      };
      const [onGpu, onWasm] = [await distanceOn('webgpu'), await distanceOn('wasm')];
      expect(onGpu.backend).toBe('webgpu');
      expect(Math.abs(onGpu.distance / onWasm.distance - 1)).toBeLessThan(1e-4);
    });

    it('lpips backend list shows the device', async () => {
      const out = await runNode('dist/cli.js', 'backend', 'list');
      expect(out).toMatch(
        isSoftware ? /^ {2}webgpu +\S+ +ready: google, swiftshader.*, on the CPU/m : /webgpu +\S+ +ready: /,
      );
    });
  });

  it('auto takes a device that is a GPU and computes right, whatever else navigator has', async () => {
    const program = `
      import { createRequire } from 'node:module';
      const { create, globals } = await import(createRequire(process.cwd() + '/src/x.js').resolve('webgpu'));
      Object.assign(globalThis, globals);
      const gpu = create([]);
      const requestAdapter = async (options) => {
        const adapter = await gpu.requestAdapter(options);
        const info = { vendor: 'acme', isFallbackAdapter: false };
        return new Proxy(adapter, {
          get: (target, key) => {
            if (key === 'info') return info;
            const value = target[key];
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      };
      Object.defineProperty(globalThis, 'navigator', { value: { gpu: { requestAdapter }, language: 'en' } });
      const { selectBackend } = await import('lpips-node');
      const { name, tried } = await selectBackend('auto');
      process.stdout.write(JSON.stringify({ name, adapter: tried.at(-1).adapter, language: navigator.language }));`;
    const out = await runNode('--input-type=module', '--eval', program);
    expect(JSON.parse(out)).toEqual({
      name: 'webgpu',
      adapter: { name: 'acme', isCpu: false },
      language: 'en',
    });
  });
});
