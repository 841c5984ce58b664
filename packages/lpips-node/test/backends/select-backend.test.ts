import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getBackend, mul, scalar, tidy } from '@tensorflow/tfjs-core';
import { LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listBackends, selectBackend } from '../../src/backends/select-backend.js';

// With an empty cache, a native backend that is installed on this machine is not found.
let cache = '';
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'lpips-cache-'));
  vi.stubEnv('LPIPS_CACHE', cache);
  vi.stubEnv('TFJS_NATIVE_CACHE', undefined);
});
afterAll(async () => {
  vi.unstubAllEnvs();
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

  it('refuses tensorflow where it is not installed, in one sentence with both reasons', async () => {
    await expect(selectBackend('tensorflow')).rejects.toThrow(
      new LpipsError(
        'selectBackend: cannot start tensorflow: ' +
          'tfjs-node-gpu: not installed; tfjs-node: not installed. Install it with "lpips backend install", ' +
          'or use the wasm backend, which needs nothing else.',
      ),
    );
  });

  it('refuses webgpu in Node with a reason', async () => {
    await expect(selectBackend('webgpu')).rejects.toThrow(
      /^selectBackend: cannot start webgpu: (not installed|this Node\.js has no WebGPU)/,
    );
  });
});

describe('listBackends', () => {
  it('names every candidate, best first, marks one as chosen and leaves it current', async () => {
    const states = await listBackends();
    expect(states.map(({ name }) => name)).toEqual(['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu']);
    expect(states.filter(({ chosen }) => chosen).map(({ name }) => name)).toEqual(['wasm']);
    expect(states.find(({ name }) => name === 'cpu')).toMatchObject({ state: 'ready', chosen: false });
    expect(getBackend()).toBe('wasm');
  });
});
