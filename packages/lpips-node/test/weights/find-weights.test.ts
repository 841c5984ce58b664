import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { serializeSafetensors, type WeightMap } from 'lpips-core';
import { OFFICIAL_NETS } from 'lpips-core/official-files';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { weightsCacheDir } from '../../src/files/cache.js';
import { chooseNet, findWeights } from '../../src/weights/find-weights.js';

/** A safetensors file with one number under each name. */
function holding(...names: string[]): Uint8Array {
  const weights: WeightMap = new Map(names.map((name) => [name, { shape: [1], data: Float32Array.of(1) }]));
  return serializeSafetensors(weights);
}

const ALEX = 'features.10.weight';
const HEAD = 'lin0.model.1.weight';

describe('findWeights', () => {
  const places: [string, Record<string, string[]>, string, string][] = [
    [
      'official files',
      { 'alexnet-owt-7be5be79.pth': [], 'v0.1/alex.pth': [] },
      'alexnet-owt-7be5be79.pth',
      'v0.1/alex.pth',
    ],
    [
      'heads below lpips',
      { 'alexnet-owt-7be5be79.pth': [], 'lpips/v0.1/alex.pth': [] },
      'alexnet-owt-7be5be79.pth',
      'lpips/v0.1/alex.pth',
    ],
    [
      'heads below weights',
      { 'alexnet-owt-7be5be79.pth': [], 'weights/v0.1/alex.pth': [] },
      'alexnet-owt-7be5be79.pth',
      'weights/v0.1/alex.pth',
    ],
    [
      'safetensors of the same stems',
      { 'alexnet-owt-7be5be79.safetensors': [ALEX], 'v0.1/alex.safetensors': [HEAD] },
      'alexnet-owt-7be5be79.safetensors',
      'v0.1/alex.safetensors',
    ],
    [
      'features as safetensors',
      { 'alexnet_features.safetensors': [ALEX], 'lpips/v0.1/alex.pth': [] },
      'alexnet_features.safetensors',
      'lpips/v0.1/alex.pth',
    ],
    ['one file', { 'alex.safetensors': [ALEX, HEAD] }, 'alex.safetensors', 'alex.safetensors'],
    [
      'one file with its version',
      { 'alex-v0.1.safetensors': [ALEX, HEAD], 'alex-v0.0.safetensors': [ALEX, HEAD] },
      'alex-v0.1.safetensors',
      'alex-v0.1.safetensors',
    ],
    [
      'both, official first',
      { 'alexnet-owt-7be5be79.pth': [], 'alex.safetensors': [ALEX, HEAD], 'v0.1/alex.pth': [] },
      'alexnet-owt-7be5be79.pth',
      'v0.1/alex.pth',
    ],
  ];
  it.each(places)('finds %s', async (_, files, backbone, heads) => {
    const weightsDir = await tempDir();
    for (const [name, names] of Object.entries(files)) {
      await writeInto(weightsDir, name, name.endsWith('.pth') ? 'not read' : holding(...names));
    }
    const { found, missing } = await findWeights('alex', { weightsDir, cacheDir: await tempDir() });
    expect(missing).toEqual([]);
    expect(found.map(({ part, path }) => [part, relative(weightsDir, path)])).toEqual([
      ['backbone', backbone],
      ['heads', heads],
    ]);
  });

  it('claims the digest of official files alone', async () => {
    const weightsDir = await tempDir();
    await writeInto(weightsDir, 'alexnet_features.safetensors', holding(ALEX));
    await writeInto(weightsDir, 'v0.1/alex.pth', 'not read');
    const { found } = await findWeights('alex', { weightsDir, cacheDir: await tempDir() });
    expect(found.map(({ official }) => official?.sha256)).toEqual([
      undefined,
      'df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0',
    ]);
  });

  it('looks in the folder first, then in the cache', async () => {
    const [weightsDir, cacheDir] = [await tempDir(), await tempDir()];
    await writeInto(weightsDir, 'v0.0/vgg.pth', 'not read');
    await writeInto(weightsCacheDir(cacheDir), 'vgg16-397923af.pth', 'not read');
    await writeInto(weightsCacheDir(cacheDir), 'v0.0/vgg.pth', 'not read');
    const { found } = await findWeights('vgg', { weightsDir, cacheDir, version: '0.0' });
    expect(found.map(({ part, place }) => [part, place])).toEqual([
      ['backbone', 'cache'],
      ['heads', 'weightsDir'],
    ]);
  });

  it('needs no heads for the baseline, and takes those that are named', async () => {
    const weightsDir = await tempDir();
    await writeInto(weightsDir, 'alexnet_features.safetensors', holding(ALEX));
    const options = { weightsDir, cacheDir: await tempDir() };
    expect((await findWeights('alex', options)).missing.map(({ path }) => path)).toEqual(['v0.1/alex.pth']);
    expect((await findWeights('alex', { ...options, linear: false })).missing).toEqual([]);
  });

  it('takes the first convolutions of vgg for no whole one, and passes it by', async () => {
    const weightsDir = await tempDir();
    await writeInto(
      weightsDir,
      'vgg16_features.safetensors',
      holding('features.0.weight', 'features.0.bias'),
    );
    await writeInto(weightsDir, 'v0.1/vgg.pth', 'not read');
    await writeInto(weightsDir, 'squeezenet1_1-b8a52dc0.pth', 'not read');
    await writeInto(weightsDir, 'v0.1/squeeze.pth', 'not read');
    const options = { weightsDir, cacheDir: await tempDir() };
    const { missing, incomplete } = await findWeights('vgg', options);
    expect(missing.map((file) => file.path)).toEqual(['vgg16-397923af.pth']);
    expect(incomplete.map((each) => relative(weightsDir, each))).toEqual([
      'vgg16_features.safetensors (without features.28.weight)',
    ]);
    expect(await chooseNet(options)).toBe('squeeze');
  });

  it('takes heads of no other version, and no file that holds another part', async () => {
    const weightsDir = await tempDir();
    await writeInto(weightsDir, 'alex.safetensors', holding(ALEX, HEAD));
    await writeInto(weightsDir, 'alex-v0.0.safetensors', holding(ALEX));
    const { missing, incomplete } = await findWeights('alex', {
      weightsDir,
      cacheDir: await tempDir(),
      version: '0.0',
    });
    expect(missing.map(({ path }) => path)).toEqual(['v0.0/alex.pth']);
    expect(incomplete).toEqual([`${join(weightsDir, 'alex-v0.0.safetensors')} (without ${HEAD})`]);
  });

  it('takes a damaged file, so that loading it says what is wrong', async () => {
    const weightsDir = await tempDir();
    await writeInto(weightsDir, 'alex.safetensors', 'damaged');
    expect((await findWeights('alex', { weightsDir, cacheDir: await tempDir() })).missing).toEqual([]);
  });

  it('refuses a folder that is none', async () => {
    const folder = await tempDir();
    await expect(findWeights('alex', { weightsDir: join(folder, 'none') })).rejects.toThrow(
      `loadLpips: expected a folder for weightsDir, got ${join(folder, 'none')}, which does not exist. ` +
        'Name a folder that holds weights files.',
    );
    const file = await writeInto(folder, 'file', 'x');
    await expect(findWeights('alex', { weightsDir: file })).rejects.toThrow(
      `loadLpips: expected a folder for weightsDir, got a file, ${file}. Name a folder that holds weights files.`,
    );
  });
});

describe('chooseNet', () => {
  it('is lite where nothing is at hand, or only a part of a net', async () => {
    const cacheDir = await tempDir();
    expect(await chooseNet({ cacheDir })).toBe('lite');
    await writeInto(weightsCacheDir(cacheDir), 'vgg16-397923af.pth', 'not read');
    expect(await chooseNet({ cacheDir })).toBe('lite');
  });

  it('is alex before vgg before squeeze', async () => {
    const cacheDir = await tempDir();
    const weights = weightsCacheDir(cacheDir);
    await writeInto(weights, 'squeezenet1_1-b8a52dc0.pth', 'not read');
    await writeInto(weights, 'v0.1/squeeze.pth', 'not read');
    expect(await chooseNet({ cacheDir })).toBe('squeeze');
    await writeInto(weights, 'vgg16-397923af.pth', 'not read');
    await writeInto(weights, 'v0.1/vgg.pth', 'not read');
    expect(await chooseNet({ cacheDir })).toBe('vgg');
    await writeInto(weights, 'alexnet-owt-7be5be79.pth', 'not read');
    await writeInto(weights, 'v0.1/alex.pth', 'not read');
    expect(await chooseNet({ cacheDir })).toBe('alex');
    expect(await chooseNet({ cacheDir, version: '0.0' })).toBe('lite');
  });

  it('is of the given folder, whatever the cache holds', async () => {
    const [weightsDir, cacheDir] = [await tempDir(), await tempDir()];
    await writeInto(weightsCacheDir(cacheDir), 'alexnet-owt-7be5be79.pth', 'not read');
    await writeInto(weightsCacheDir(cacheDir), 'v0.1/alex.pth', 'not read');
    await writeInto(weightsDir, 'vgg16-397923af.pth', 'not read');
    await writeInto(weightsDir, 'v0.1/vgg.pth', 'not read');
    expect(await chooseNet({ weightsDir, cacheDir })).toBe('vgg');
  });

  it('refuses a given folder that holds no net', async () => {
    const [weightsDir, cacheDir] = [await tempDir(), await tempDir()];
    await mkdir(join(weightsDir, 'v0.1'));
    await expect(chooseNet({ weightsDir, cacheDir })).rejects.toThrow(
      `loadLpips: expected the weights of alex, vgg or squeeze for weightsDir, got none in ${weightsDir}. ` +
        'Put alexnet-owt-7be5be79.pth and v0.1/alex.pth there, for instance, or name a net.',
    );
  });
});

describeWithShared('a folder of safetensors and official heads', ['weights'], (path) => {
  it('holds alex, squeeze and vgg', async () => {
    const options = { weightsDir: path('weights'), cacheDir: await tempDir() };
    for (const net of OFFICIAL_NETS) expect((await findWeights(net, options)).missing, net).toEqual([]);
    expect(await chooseNet(options)).toBe('alex');
  });
});
