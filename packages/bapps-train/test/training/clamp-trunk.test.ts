/**
 * @module
 * What is clamped at 0 after a step: heads, or every 1x1 convolution, as by the published trainer.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, type WeightMap } from 'lpips-core';
import { readWeights, selectBackend, serializeWeights } from 'lpips-node';
import { describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { initialNetwork } from '../../src/training/initial-weights.js';
import { trainNetwork } from '../../src/training/train-network.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

const RECIPE = { learningRate: 1e-4, batch: 2, epochs: 1, decayEpochs: 0 };

async function negativesOf(clamp: 'heads' | 'trunk'): Promise<{ negative: string[]; weights: WeightMap }> {
  const [data, folder] = [await tempDir(), await tempDir()];
  await paintDataSet(data, { triplets: { blurred: 2 }, pairs: {}, size: 64, split: 'train' });
  const weights = initialNetwork('squeeze', 'random', 'uniform', 1);
  await trainNetwork(data, folder, { net: 'squeeze', mode: 'scratch', weights, recipe: RECIPE, clamp });
  const { weights: trained } = await readWeights(join(folder, 'network.safetensors'));
  const kernels = [...trained].filter(([name]) => name.endsWith('.weight'));
  const negative = kernels
    .filter(([, { data: values }]) => values.some((value) => value < 0))
    .map(([name]) => name);
  return { negative, weights: trained };
}

await suiteOnBackend('clamped weights of SqueezeNet', 'tensorflow', (name) => {
  describe(name, () => {
    it('no 1x1 convolution has a negative weight where the trunk is clamped, and 3x3 ones have', async () => {
      await selectBackend('tensorflow');
      const { negative, weights } = await negativesOf('trunk');
      const sideOf = (name: string) => at(weights.get(name)?.shape ?? [], 3);
      expect(new Set(negative.map(sideOf))).toEqual(new Set([3]));
      const biases = [...weights].filter(([name]) => name.endsWith('squeeze.bias'));
      expect(biases.some(([, { data }]) => data.some((value) => value < 0))).toBe(true);
    });

    it('1x1 convolutions of the trunk keep theirs where heads alone are', async () => {
      await selectBackend('tensorflow');
      const { negative } = await negativesOf('heads');
      expect(negative).toContain('features.3.squeeze.weight');
      expect(negative.filter((name) => name.startsWith('lin'))).toEqual([]);
    });
  });
});

it('bapps extract --clamp trunk makes vectors of the clamped network, which it leaves beside them', async () => {
  const data = await tempDir();
  await paintDataSet(data, { triplets: { blurred: 2 }, pairs: {}, size: 64 });
  const [network, vectors] = [join(data, 'network.safetensors'), join(data, 'vectors')];
  const weights = initialNetwork('squeeze', 'random', 'uniform', 1);
  await writeFile(network, serializeWeights(weights, { net: 'squeeze', version: '0.1' }));
  const wasm = ['--backend', 'wasm', '--quiet'];
  const args = ['--network', network, '--clamp', 'trunk', '--out', vectors];
  expect(await builtBapps('extract', data, ...args, ...wasm)).toMatchObject({ code: 0, error: '' });
  const trunk = join(vectors, 'trunk.safetensors');
  const { weights: clamped } = await readWeights(trunk);
  for (const [name, { shape, data: values }] of clamped) {
    const before = weights.get(name)?.data ?? new Float32Array(0);
    const isClamped = shape.length === 4 && shape[3] === 1;
    expect(values, name).toEqual(isClamped ? before.map((value) => Math.max(0, value)) : before);
  }
  const from = ['--extraction', vectors, '--no-linear', '--no-baselines', '--json'];
  const scored = await builtBapps('evaluate', ...from, '--network', trunk, ...wasm);
  expect(JSON.parse(scored.out)).toMatchObject({ twoAfc: { distortions: [{ count: 2 }] } });
  const other = await builtBapps('evaluate', ...from, '--network', network, ...wasm);
  expect(other.error).toMatch(/^evaluate: expected .*\n$/);
});

it('bapps report says where heads of a clamped trunk are scored on another one, and takes the trunk', async () => {
  const data = await tempDir();
  await paintDataSet(data, { triplets: { blurred: 3 }, pairs: {}, size: 64, split: 'train' });
  await paintDataSet(data, { triplets: { blurred: 2 }, pairs: {}, size: 64 });
  const network = join(data, 'network.safetensors');
  const [vectors, run] = [join(data, 'vectors'), join(data, 'run')];
  const weights = initialNetwork('squeeze', 'random', 'uniform', 1);
  await writeFile(network, serializeWeights(weights, { net: 'squeeze', version: '0.1' }));
  const wasm = ['--backend', 'wasm'];
  const clamp = ['--network', network, '--clamp', 'trunk', '--out', vectors, '--quiet'];
  expect(await builtBapps('extract', data, ...clamp, ...wasm)).toMatchObject({ code: 0, error: '' });
  expect((await bapps('train', vectors, '--out', run, '--epochs', '1', '--quiet')).code).toBe(0);
  const report = ['report', run, '--data', data, '--size', '64', '--no-baselines', ...wasm];
  const elsewhere = await builtBapps(...report, '--network', network);
  expect(elsewhere.error).toMatch(
    /^bapps: This run has learned on squeeze custom \w{8}, and is scored on squeeze custom \w{8}: name its network with --network\.\n$/,
  );
  const pageOf = (path: string) => readFile(path, 'utf8');
  const page = join(run, 'report.html');
  expect(await pageOf(page)).toContain(elsewhere.error.slice('bapps: '.length).trim());
  const trunk = join(vectors, 'trunk.safetensors');
  const there = [
    ['--network', trunk],
    ['--network', trunk, '--extraction', vectors],
  ];
  for (const network of there) {
    expect(await builtBapps(...report, ...network)).toMatchObject({ code: 0, error: '' });
    expect(await pageOf(page)).toContain('<th scope="row">trained</th>');
    expect(await pageOf(page)).not.toContain('has learned on');
  }
  const vectorsOfOther = await builtBapps(...report, '--network', network, '--extraction', vectors);
  expect(vectorsOfOther.code).toBe(1);
  expect(vectorsOfOther.error).toContain(`It was made with ${trunk}: name this file with --network.\n`);

  const other = join(data, 'other');
  await cp(run, other, { recursive: true });
  const both = join(data, 'both.html');
  const compare = ['report', run, other, '--out', both, ...report.slice(2)];
  const noted = await builtBapps(...compare, '--network', network);
  for (const name of ['run', 'other']) {
    const note = `${name} has learned on squeeze custom`;
    expect(noted.error).toContain(`bapps: ${note}`);
    expect(await pageOf(both)).toContain(note);
  }
  expect(await builtBapps(...compare, '--network', trunk)).toMatchObject({ code: 0, error: '' });
  expect(await pageOf(both)).not.toContain('has learned on');
});

it('bapps extract refuses to clamp a net without 1x1 convolutions, and train names the way for heads', async () => {
  const data = await tempDir();
  await paintDataSet(data, { triplets: { blurred: 2 }, pairs: {}, size: 64 });
  const args = ['--net', 'lite', '--backend', 'wasm', '--clamp', 'trunk', '--out', join(data, 'vectors')];
  expect((await builtBapps('extract', data, ...args)).error).toBe(
    'extract: expected 1x1 convolutions in the trunk, which are to be clamped, for net, got lite. Only SqueezeNet has them. ' +
      'Leave --clamp out.\n',
  );
  expect((await bapps('train', data, '--out', join(data, 'run'), '--clamp', 'trunk')).error).toMatch(
    /Clamp it with bapps extract --clamp trunk\.\n$/,
  );
});

it('bapps train refuses to clamp the trunk of a net without 1x1 convolutions there', async () => {
  const data = await tempDir();
  await paintDataSet(data, { triplets: { blurred: 2 }, pairs: {}, size: 64, split: 'train' });
  const args = ['--mode', 'scratch', '--net', 'lite', '--clamp', 'trunk', '--out', join(data, 'run')];
  const { code, error } = await builtBapps('train', data, ...args);
  expect(code).toBe(1);
  expect(error).toContain(
    'expected 1x1 convolutions in the trunk, which are to be clamped, for net, got lite. Only SqueezeNet has them.',
  );
});
