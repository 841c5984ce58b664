import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getBackend, mul, scalar, tidy } from '@tensorflow/tfjs-core';
import { LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hideGpu, NO_DEVICE } from '../../../../test/support/hide-gpu.js';
import { listBackends, selectBackend } from '../../src/backends/select-backend.js';

// With an empty cache, a native backend that is installed on this machine is not found, nor is a GPU that it has.
let cache = '';
beforeAll(async () => {
  hideGpu();
  cache = await mkdtemp(join(tmpdir(), 'lpips-cache-'));
  vi.stubEnv('LPIPS_CACHE', cache);
  vi.stubEnv('TFJS_NATIVE_CACHE', undefined);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await rm(cache, { recursive: true });
});

describe('selectBackend', () => {
  it('auto takes WASM where no native package is installed, and says why the earlier ones were not', async () => {
    const { name, tried } = await selectBackend('auto');
    const reasons = tried.map((attempt) => [attempt.name, attempt.ok, attempt.reason]);
    expect(name).toBe('wasm');
    expect(getBackend()).toBe('wasm');
    expect(reasons).toEqual([
      ['tfjs-node-gpu', false, 'not installed'],
      ['webgpu', false, NO_DEVICE],
      ['tfjs-node', false, 'not installed'],
      ['wasm', true, undefined],
    ]);
    expect(tried.at(-1)?.version).toMatch(/^4\.\d+\.\d+$/);
  });

  it.each(['wasm', 'cpu'] as const)('makes %s the backend that computes', async (choice) => {
    const { name } = await selectBackend(choice);
    expect(name).toBe(choice);
    const product = tidy(() => mul(scalar(6), 7));
    expect(getBackend()).toBe(choice);
    expect((await product.data())[0]).toBe(42);
    product.dispose();
  });

  it.each([
    ['wasm', 'wasm'],
    ['auto', 'cpu'],
    ['cpu', 'auto'],
  ])('serves %s and %s at the same time, in a fresh process', async (first, second) => {
    expect(await inFreshProcess(first, second)).toEqual({
      names: [first, second].map((choice) => (choice === 'auto' ? 'wasm' : choice)),
      current: second === 'auto' ? 'wasm' : second,
    });
  });

  it('is not stopped by a program that sets the same backend meanwhile', async () => {
    const { names } = await inFreshProcess('wasm', 'set');
    expect(names).toEqual(['wasm', 'set']);
  });

  it('refuses tensorflow where it is not installed, in one sentence with both reasons', async () => {
    await expect(selectBackend('tensorflow')).rejects.toThrow(
      new LpipsError(
        'selectBackend: cannot start tensorflow: ' +
          'tfjs-node-gpu: not installed; tfjs-node: not installed. Install it with "lpips backend install", ' +
          'or use the wasm backend, which needs nothing else.',
      ),
    );
  });

  it('refuses webgpu where it finds no device, and says what it needs', async () => {
    await expect(selectBackend('webgpu')).rejects.toThrow(
      new LpipsError(
        `selectBackend: cannot start webgpu: ${NO_DEVICE}. Use the wasm backend, which needs nothing else.`,
      ),
    );
  });

  it('auto does not take WebGPU on the CPU, and names the device on one line', async () => {
    const info = { vendor: 'acme', architecture: 'acme', device: 'a\nb', isFallbackAdapter: true };
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ info }) } });
    const { name, tried } = await selectBackend('auto');
    hideGpu();
    expect(name).toBe('wasm');
    expect(tried[1]).toMatchObject({ name: 'webgpu', reason: 'its device is the CPU (acme, a\\x0ab)' });
  });
});

/**
 * The names that two choices at the same time give, and the backend afterwards. `set`: the program sets WASM itself.
 */
async function inFreshProcess(first: string, second: string): Promise<{ names: string[]; current: string }> {
  const program = `
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-wasm';
    import { selectBackend } from 'lpips-node';
    const gpu = { requestAdapter: async () => null };
    Object.defineProperty(globalThis, 'navigator', { value: { gpu } });
    const choose = (choice) => choice === 'set' ? tf.setBackend('wasm').then(() => ({ name: choice }))
      : selectBackend(choice);
    const both = [choose('${first}'), choose('${second}')];
    const names = (await Promise.all(both)).map(({ name }) => name);
    process.stdout.write(JSON.stringify({ names, current: tf.getBackend() }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  return JSON.parse(stdout) as { names: string[]; current: string };
}

describe('listBackends', () => {
  it('names every candidate, best first, marks one as chosen and leaves it current', async () => {
    const states = await listBackends();
    expect(states.map(({ name }) => name)).toEqual(['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm', 'cpu']);
    expect(states.filter(({ chosen }) => chosen).map(({ name }) => name)).toEqual(['wasm']);
    expect(states.find(({ name }) => name === 'cpu')).toMatchObject({ state: 'ready', chosen: false });
    expect(getBackend()).toBe('wasm');
  });
});
