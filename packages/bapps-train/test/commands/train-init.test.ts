import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  liteWeightsUrl,
  parseSafetensors,
  serializeSafetensors,
  type Weight,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import { readNetwork } from 'lpips-node';
import { expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { officialNames } from '../../src/training/official-names.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { builtBapps } from '../support/run-bapps.js';

const SHORT = ['--epochs', '1', '--decay-epochs', '0', '--learning-rate', '1e-9', '--quiet'] as const;

async function liteWeights(): Promise<WeightMap> {
  return parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl))).weights;
}

/** Lite with the first of its biases moved, wrapped as a parallel network is. */
async function tunedLite(): Promise<{ path: string; weights: WeightMap }> {
  const weights = new Map<string, Weight>(await liteWeights());
  const bias = weights.get('features.0.bias');
  if (!bias) throw new Error('lite has no bias');
  weights.set('features.0.bias', { ...bias, data: bias.data.map((value) => value + 1) });
  const named = new Map([...weights].map(([name, weight]) => [`module.${name}`, weight]));
  return {
    path: await writeInto(await tempDir(), 'tuned.safetensors', serializeSafetensors(named)),
    weights,
  };
}

async function dataSet(): Promise<string> {
  const root = await tempDir();
  await paintDataSet(root, { triplets: { near: 4 }, pairs: {}, size: 64, split: 'train' });
  return root;
}

it('train --init takes the heads of the network that made the vectors, and refuses those of another', async () => {
  const [data, vectors, own] = [await dataSet(), await tempDir(), await tempDir()];
  const tuned = await tunedLite();
  const extract = ['extract', data, '--backend', 'wasm', '--quiet'];
  expect(await builtBapps(...extract, '--net', 'lite', '--out', vectors)).toMatchObject({
    code: 0,
    error: '',
  });
  expect(await builtBapps('train', vectors, '--out', join(own, 'a'), '--init', tuned.path, ...SHORT)).toEqual(
    {
      code: 1,
      out: '',
      error:
        `train: cannot begin with the heads of ${tuned.path}: it holds a whole network, and the vectors in ${vectors} were ` +
        `made by another. Extract them with bapps extract --network ${tuned.path}, or use --mode tune.\n`,
    },
  );
  const others = join(own, 'vectors');
  expect(await builtBapps(...extract, '--network', tuned.path, '--out', others)).toMatchObject({ code: 0 });
  const run = join(own, 'b');
  expect(await builtBapps('train', others, '--out', run, '--init', tuned.path, ...SHORT)).toMatchObject({
    code: 0,
  });
  const { weights } = await readNetwork(join(run, 'heads.safetensors'));
  expect(weights.get('lin0.model.1.weight')?.data[0]).toBeCloseTo(
    tuned.weights.get('lin0.model.1.weight')?.data[0] ?? Number.NaN,
    6,
  );
});

it.each(['alex', 'squeeze', 'vgg'] as const)('the names that %s has in Python are read back', async (net) => {
  const nothing: Weight = { shape: [0], data: new Float32Array(0) };
  const weights = new Map([...weightShapes(net).keys()].map((name) => [name, nothing]));
  const named = serializeSafetensors(officialNames(weights, net));
  const { weights: read, leftOut } = await readNetwork(await writeInto(await tempDir(), 'network', named));
  expect([...read.keys()].toSorted()).toEqual([...weights.keys()].toSorted());
  expect(leftOut).toEqual([]);
});

await suiteOnBackend('train --init FILE', 'tensorflow', () => {
  it('tunes a whole network from where it stands, and refuses it from scratch', async () => {
    const [data, out] = [await dataSet(), await tempDir()];
    const { path, weights } = await tunedLite();
    const train = ['train', data, '--net', 'lite', '--init', path, ...SHORT];
    expect(await builtBapps(...train, '--mode', 'tune', '--out', join(out, 'tuned'))).toMatchObject({
      code: 0,
    });
    const tuned = await readNetwork(join(out, 'tuned', 'network.safetensors'));
    for (const [name, { data: wanted }] of weights) {
      expect(tuned.weights.get(name)?.data[0], name).toBeCloseTo(wanted[0] ?? Number.NaN, 4);
    }
    const { code, error } = await builtBapps(...train, '--mode', 'scratch', '--out', join(out, 'scratch'));
    expect([code, error]).toEqual([
      1,
      `train: cannot begin from scratch with ${path}: it holds a whole network. Use --mode tune to go on from it.\n`,
    ]);
  });
});
