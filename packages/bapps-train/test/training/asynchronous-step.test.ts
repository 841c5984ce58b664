import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import type * as Core from 'lpips-core';
import { readsSynchronously } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { beforeAll, expect, it, vi } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { initialNetwork } from '../../src/training/initial-weights.js';
import { trainNetwork } from '../../src/training/train-network.js';
import { paintDataSet } from '../support/painted-data-set.js';

vi.mock('lpips-core', async (original) => {
  const core = await original<typeof Core>();
  return { ...core, readsSynchronously: vi.fn(core.readsSynchronously) };
});

beforeAll(() => selectBackend('wasm'));

it('a step that cannot read in its middle, as on WebGPU in Node, gives the same network to the bit', async () => {
  const data = await tempDir();
  await paintDataSet(data, { triplets: { blurred: 4 }, pairs: {}, size: 64, split: 'train' });
  await paintDataSet(data, { triplets: { blurred: 1 }, pairs: {}, size: 64 });
  const options = {
    net: 'lite',
    mode: 'scratch',
    weights: initialNetwork('lite', 'random', 'uniform', 1),
    recipe: { learningRate: 1e-3, batch: 2, epochs: 1, decayEpochs: 0 },
  } as const;
  const trained = async () => {
    const folder = await tempDir();
    const { numTensors } = memory();
    await trainNetwork(data, folder, options);
    expect(memory().numTensors).toBe(numTensors);
    return await readFile(join(folder, 'network.safetensors'));
  };
  const expected = await trained();
  vi.mocked(readsSynchronously).mockReturnValue(false);
  expect((await trained()).equals(expected)).toBe(true);
  expect(vi.mocked(readsSynchronously)).toHaveBeenCalledTimes(4);
});
