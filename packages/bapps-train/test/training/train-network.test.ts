import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { Lpips } from 'lpips-core';
import { readWeights, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { registerWasmKernels, unregisterWasmKernels } from 'tfjs-wasm-kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { scanTriplets } from '../../src/data-set/scan-data-set.js';
import { randomWeights } from '../../src/networks/random-weights.js';
import { initialNetwork } from '../../src/training/initial-weights.js';
import { NetworkTrainee } from '../../src/training/network-trainee.js';
import { officialNames } from '../../src/training/official-names.js';
import { trainNetwork } from '../../src/training/train-network.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { builtBapps } from '../support/run-bapps.js';

const RECIPE = { learningRate: 1e-3, batch: 3, epochs: 1, decayEpochs: 1 };
const START = {
  net: 'lite',
  mode: 'scratch',
  weights: initialNetwork('lite', 'random', 'uniform', 1),
} as const;

async function dataSet(): Promise<string> {
  const root = await tempDir();
  await paintDataSet(root, { triplets: { blurred: 3, bright: 4 }, pairs: {}, size: 64, split: 'train' });
  await paintDataSet(root, { triplets: { blurred: 2 }, pairs: {}, size: 64 });
  return root;
}

it('refuses to train a whole network on WASM and names the kernel that is missing', async () => {
  await selectBackend('wasm');
  unregisterWasmKernels();
  const options = { net: 'lite', version: '0.1', seed: 1, weights: START.weights } as const;
  expect(() => new NetworkTrainee([], [], options)).toThrow(
    /^train: cannot train: the backend wasm has no kernel Conv2DBackpropFilter\./,
  );
  registerWasmKernels();
});

for (const backend of ['tensorflow', 'wasm'] as const) {
  await suiteOnBackend('a whole network, trained on judgements', backend, (name) => {
    describe(name, () => {
      beforeAll(() => selectBackend(backend));

      it('goes on after a kill to the bytes of a run that was not killed', async () => {
        const data = await dataSet();
        const [whole, broken] = [await tempDir(), await tempDir()];
        await trainNetwork(data, whole, { ...START, recipe: RECIPE });
        const killed = trainNetwork(data, broken, {
          ...START,
          recipe: RECIPE,
          onStep: (step) => {
            if (step === 5) throw new Error('killed');
          },
        });
        await expect(killed).rejects.toThrow('killed');
        const { resumedAt, log } = await trainNetwork(data, broken, { ...START, recipe: RECIPE });
        expect(resumedAt).toBe(3); // the checkpoint after the first epoch
        expect(log.steps).toBe(6);
        const files = [whole, broken].map((folder) => readFile(join(folder, 'network.safetensors')));
        const [expected, actual] = await Promise.all(files);
        expect(actual?.equals(expected ?? Buffer.alloc(0))).toBe(true);
      });
    });
  });
}

await suiteOnBackend('a whole network, written and refused', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(() => selectBackend('tensorflow'));

    it('changes every kernel, bias and head, and writes a network that Lpips loads', async () => {
      const folder = await tempDir();
      const { files, log } = await trainNetwork(await dataSet(), folder, { ...START, recipe: RECIPE });
      const { weights } = await readWeights(files[0] ?? '');
      expect([...weights.keys()].sort()).toEqual([...START.weights.keys()].sort());
      for (const [key, { data }] of weights) expect(data, key).not.toEqual(START.weights.get(key)?.data);
      Lpips.fromWeights(weights, { net: 'lite' }).dispose();
      expect(files).toHaveLength(1); // Python has no lite
      expect(log.epochs).toHaveLength(2);
      expect(Object.keys(log.epochs[0]?.heldOut ?? {})).toEqual(['blurred']);
    });

    it('names an image of another size than its partners', async () => {
      const data = await dataSet();
      const path = join(data, '2afc/train/blurred/p1/000002.png');
      await writeFile(
        path,
        await sharp(await readFile(path))
          .resize(40, 40)
          .png()
          .toBuffer(),
      );
      const run = trainNetwork(data, await tempDir(), { ...START, recipe: RECIPE });
      await expect(run).rejects.toThrow(
        /^readPatch: expected 64x64 pixels, as .*ref.000002\.png has, for .*p1.000002\.png, got 40x40\./,
      );
    });

    it('leaves no tensor behind where a step or the scores of held-out triplets fail', async () => {
      const data = await dataSet();
      const triplets = await scanTriplets(data, 'train');
      const { numTensors } = memory();
      const options = { net: 'lite', version: '0.1', seed: 1, weights: START.weights } as const;
      const items = triplets.flatMap((group) => group.items);
      const trainee = new NetworkTrainee(items, triplets, options);
      trainee.dispose();
      expect(memory().numTensors).toBe(numTensors);
      const batch = Uint32Array.of(0, 1);
      await expect(trainee.step({ batch, index: 0, learningRate: 0 })).rejects.toThrow();
      await expect(trainee.heldOut()).rejects.toThrow();
      expect(memory().numTensors).toBe(numTensors);
    });

    it('refuses the checkpoint of a run that began with other weights', async () => {
      const [data, folder] = [await dataSet(), await tempDir()];
      await trainNetwork(data, folder, { ...START, recipe: RECIPE });
      const other = initialNetwork('lite', 'random', 'uniform', 2);
      await expect(trainNetwork(data, folder, { ...START, weights: other, recipe: RECIPE })).rejects.toThrow(
        /^train: expected a checkpoint of scratch of lite/,
      );
    });
  });
});

it.each(['tune', 'scratch'])(
  'bapps train --mode %s trains on WASM with the kernels of tfjs-wasm-kernels',
  async (mode) => {
    const folder = await tempDir();
    const options = ['--out', folder, '--mode', mode, '--net', 'lite', '--backend', 'wasm', '--batch', '4'];
    const recipe = ['--epochs', '1', '--decay-epochs', '0', '--quiet', '--json'];
    const { code, error, out } = await builtBapps('train', await dataSet(), ...options, ...recipe);
    expect(error).toBe('');
    expect(code).toBe(0);
    const { files, mode: told, steps } = JSON.parse(out) as { files: string[]; mode: string; steps: number };
    expect({ told, steps }).toEqual({ told: mode, steps: 2 });
    Lpips.fromWeights((await readWeights(files[0] ?? '')).weights, { net: 'lite' }).dispose();
  },
);

it('gives a random start no negative head', () => {
  const weights = initialNetwork('squeeze', 'random', 'random', 1);
  Lpips.fromWeights(weights, { net: 'squeeze' }).dispose();
  expect(weights.get('lin0.model.1.weight')?.data.some((value) => value === 0)).toBe(true);
});

it.each([
  ['alex', ['net.slice1.0', 'net.slice2.3', 'net.slice3.6', 'net.slice4.8', 'net.slice5.10']],
  ['vgg', ['net.slice1.2', 'net.slice2.5', 'net.slice3.10', 'net.slice4.17', 'net.slice5.28']],
  ['squeeze', ['net.slice1.0', 'net.slice3.6.squeeze', 'net.slice5.10.expand3x3', 'net.slice7.12.expand1x1']],
] as const)('names layers as the Python package does: %s', (net, names) => {
  const named = officialNames(randomWeights(net, 1), net);
  for (const layer of names) expect([...named.keys()]).toContain(`${layer}.weight`);
  expect([...named.keys()]).toContain('lin0.model.1.weight');
  expect([...named.keys()].some((key) => key.startsWith('features'))).toBe(false);
});
