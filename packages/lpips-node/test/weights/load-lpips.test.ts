import '@tensorflow/tfjs';
import { join } from 'node:path';
import { at, LITE_VERSION, LpipsError, serializeSafetensors, type WeightMap } from 'lpips-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answer, failing, sending, startFileServer } from '../../../../test/support/file-server.js';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import {
  catalogued,
  pytorchFileOf,
  squeezeBackbone,
  squeezeHeads,
} from '../../../../test/support/squeeze-weights.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { weightsCacheDir } from '../../src/files/cache.js';
import { type LoadLpipsOptions, loadLpips } from '../../src/weights/load-lpips.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const classifier = { shape: [2], data: Float32Array.of(1, 2) };
const BACKBONE = pytorchFileOf(new Map([...squeezeBackbone(), ['classifier.1.bias', classifier]]));
const HEADS = pytorchFileOf(squeezeHeads());

/** Stands in for the catalogue: SqueezeNet with meaningless numbers, from `baseUrl`. */
function filesFrom(baseUrl?: string) {
  return [
    catalogued({ net: 'squeeze', part: 'backbone', path: 'squeezenet1_1-00000000.pth' }, BACKBONE, baseUrl),
    catalogued({ net: 'squeeze', part: 'heads', version: '0.1', path: 'v0.1/squeeze.pth' }, HEADS, baseUrl),
  ];
}

/** A server of both files under their paths. */
const both: Answer = (request, response) =>
  sending(request.url === '/v0.1/squeeze.pth' ? HEADS : BACKBONE)(request, response);

async function refusalOf(options: LoadLpipsOptions): Promise<string> {
  try {
    (await loadLpips(options)).dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

async function weightsFolder(): Promise<string> {
  const folder = await tempDir();
  await writeInto(folder, 'squeezenet1_1-00000000.pth', BACKBONE);
  await writeInto(folder, 'v0.1/squeeze.pth', HEADS);
  return folder;
}

describe('loadLpips', () => {
  it('is lite, and says so, where nothing is named and nothing at hand; nothing is downloaded', async () => {
    const server = await startFileServer(both);
    const lpips = await loadLpips({ cacheDir: await tempDir(), files: filesFrom(server.url) });
    expect([lpips.net, lpips.version, lpips.linear]).toEqual(['lite', LITE_VERSION, true]);
    expect(server.requests).toEqual([]);
    lpips.dispose();
  });

  it('is lite without heads as the baseline', async () => {
    const lpips = await loadLpips({ net: 'lite', linear: false });
    expect(lpips.linear).toBe(false);
    expect([...lpips.weights.keys()].every((name) => name.startsWith('features.'))).toBe(true);
    lpips.dispose();
  });

  it('downloads a named net into the cache, with progress, then finds it there', async () => {
    const server = await startFileServer(both);
    const cacheDir = await tempDir();
    const seen = new Set<string>();
    const files = filesFrom(server.url);
    const first = await loadLpips({
      net: 'squeeze',
      cacheDir,
      files,
      onProgress: ({ file }) => void seen.add(file),
    });
    expect([...seen]).toEqual(['squeezenet1_1-00000000.pth', 'v0.1/squeeze.pth']);
    expect(first.weights).toEqual(new Map([...squeezeBackbone(), ...squeezeHeads()]));
    first.dispose();
    const second = await loadLpips({ cacheDir, files, offline: true });
    expect([second.net, second.version]).toEqual(['squeeze', '0.1']);
    expect(server.requests.length).toBe(2);
    second.dispose();
  });

  it('downloads from the mirror that the environment names', async () => {
    const server = await startFileServer(both);
    vi.stubEnv('LPIPS_MIRROR', `${server.url}/`);
    const lpips = await loadLpips({ net: 'squeeze', cacheDir: await tempDir(), files: filesFrom() });
    expect(server.requests.length).toBe(2);
    lpips.dispose();
  });

  it('keeps its cache where the environment says', async () => {
    const server = await startFileServer(both);
    const cacheDir = await tempDir();
    vi.stubEnv('LPIPS_CACHE', cacheDir);
    (await loadLpips({ net: 'squeeze', files: filesFrom(server.url) })).dispose();
    (await loadLpips({ net: 'squeeze', cacheDir, offline: true, files: filesFrom() })).dispose();
  });

  it('needs and fetches no heads as the baseline', async () => {
    const server = await startFileServer(both);
    const options = { net: 'squeeze', linear: false, cacheDir: await tempDir() } as const;
    const lpips = await loadLpips({ ...options, files: filesFrom(server.url) });
    expect([...lpips.weights.keys()]).toEqual([...squeezeBackbone().keys()]);
    expect(server.requests.length).toBe(1);
    lpips.dispose();
  });

  it('takes heads of one’s own from a file, for an official net and for lite', async () => {
    const heads = new Map(
      [...squeezeHeads()].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 2) }]),
    );
    const folder = await weightsFolder();
    const headsFile = await writeInto(folder, 'mine.safetensors', serializeSafetensors(heads));
    const lpips = await loadLpips({ net: 'squeeze', weightsDir: folder, headsFile, files: filesFrom() });
    expect(lpips.weights.get('lin6.model.1.weight')?.data.at(-1)).toBe(2);
    lpips.dispose();
    const lite = await loadLpips({ net: 'lite' });
    const liteHeads: WeightMap = new Map([...lite.weights].filter(([name]) => name.startsWith('lin')));
    lite.dispose();
    const liteFile = await writeInto(folder, 'lite-heads.safetensors', serializeSafetensors(liteHeads));
    (await loadLpips({ net: 'lite', headsFile: liteFile })).dispose();
  });

  it('reads one file with backbone and heads', async () => {
    const folder = await tempDir();
    const all = serializeSafetensors(new Map([...squeezeBackbone(), ...squeezeHeads()]));
    await writeInto(folder, 'squeeze.safetensors', all);
    (await loadLpips({ net: 'squeeze', weightsDir: folder, cacheDir: folder })).dispose();
  });
});

describe('loadLpips with a network of one’s own', () => {
  const DOUBLED = new Map(
    [...squeezeBackbone()].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => 2 * v) }]),
  );
  /** As Python's `lpips.LPIPS` names it, in parallel, and with something beside it. */
  const TUNED: WeightMap = new Map([
    ...[...DOUBLED].map(([name, weight]) => [name.replace('features', 'module.net.slice1'), weight] as const),
    ...[...squeezeHeads()].map(([name, weight]) => [`module.${name}`, weight] as const),
    ['module.classifier.1.bias', classifier],
  ]);
  const write = async (weights: WeightMap, about: Record<string, string> = {}) =>
    await writeInto(await tempDir(), 'own.safetensors', serializeSafetensors(weights, about));
  const firstOf = (weights: WeightMap) => weights.get('features.0.weight')?.data[0];

  it('tells its net by its shapes, needs no official file, and names what it leaves out', async () => {
    const leftOut: unknown[] = [];
    const networkFile = await write(TUNED);
    const lpips = await loadLpips({
      networkFile,
      cacheDir: await tempDir(),
      onLeftOut: (path, names) => leftOut.push([path, names]),
    });
    expect([lpips.net, lpips.version]).toEqual(['squeeze', '0.1']);
    expect(firstOf(lpips.weights)).toBe(firstOf(DOUBLED));
    expect(leftOut).toEqual([[networkFile, ['module.classifier.1.bias']]]);
    lpips.dispose();
  });

  it('takes all of a whole network that is named as heads', async () => {
    const options = { net: 'squeeze', cacheDir: await tempDir() } as const;
    const lpips = await loadLpips({ ...options, headsFile: await write(TUNED) });
    expect(firstOf(lpips.weights)).toBe(firstOf(DOUBLED));
    lpips.dispose();
  });

  it('takes convolutions from one file and heads from another, or none as the baseline', async () => {
    const [networkFile, headsFile] = [await write(DOUBLED), await write(squeezeHeads())];
    const lpips = await loadLpips({ networkFile, headsFile });
    expect(lpips.weights.size).toBe(DOUBLED.size + squeezeHeads().size);
    lpips.dispose();
    const baseline = await loadLpips({ networkFile: await write(TUNED), linear: false });
    expect([...baseline.weights.keys()].toSorted()).toEqual([...DOUBLED.keys()].toSorted());
    baseline.dispose();
  });

  it('is of the version that its file states', async () => {
    const networkFile = await write(new Map([...DOUBLED, ...squeezeHeads()]), { version: '0.0' });
    const lpips = await loadLpips({ networkFile });
    expect(lpips.version).toBe('0.0');
    lpips.dispose();
    expect(await refusalOf({ networkFile, version: '0.1' })).toBe(
      `loadLpips: cannot use ${networkFile} as version 0.1: it was trained as 0.0. Leave --version (version) out.`,
    );
  });

  it('refuses heads alone, convolutions alone, another network, and a folder of weights beside it', async () => {
    const heads = await write(squeezeHeads());
    expect(await refusalOf({ networkFile: heads })).toBe(
      `loadLpips: expected a whole network for ${heads}, got heads alone. ` +
        'Heads alone go with --heads FILE (headsFile) and --net (net).',
    );
    const convolutions = await write(DOUBLED);
    expect(await refusalOf({ networkFile: convolutions })).toBe(
      `loadLpips: expected a network with heads for ${convolutions}, got convolutions alone. ` +
        'Add heads with --heads FILE (headsFile), or use --no-linear (linear: false).',
    );
    expect(await refusalOf({ networkFile: await write(TUNED), headsFile: await write(TUNED) })).toMatch(
      /^loadLpips: expected heads named lin\* for .*, got a whole network\. /,
    );
    const part = await write(new Map([...TUNED].slice(3)));
    expect(await refusalOf({ networkFile: part })).toMatch(
      /^loadLpips: expected a whole network for .*, got 47 weights of convolutions that fit neither /,
    );
    expect(await refusalOf({ networkFile: part, net: 'squeeze' })).toMatch(
      /^fromWeights: expected weight "features\.0\.weight" for squeeze, got none\./,
    );
    expect(await refusalOf({ networkFile: part, weightsDir: 'nets' })).toBe(
      `loadLpips: cannot use the network ${part}: a folder of weights, nets, is named too. Leave one of them out.`,
    );
  });
});

describe('loadLpips refuses', () => {
  const RUN = 'Run "lpips weights fetch squeeze" on a machine with a network, or give a folder that holds';

  it('a named net that is not at hand and cannot be fetched, in one sentence on what to run', async () => {
    const server = await startFileServer(failing(404));
    const cacheDir = await tempDir();
    const options = { net: 'squeeze', cacheDir, files: filesFrom(server.url) } as const;
    const lack =
      'loadLpips: cannot load the squeeze weights: there is no squeezenet1_1-00000000.pth and no v0.1/squeeze.pth in ' +
      weightsCacheDir(cacheDir);
    const names = 'squeezenet1_1-00000000.pth and v0.1/squeeze.pth';
    expect(await refusalOf(options)).toBe(
      `${lack}, and the download failed (HTTP 404 Not Found). ${RUN} ${names} with --weights DIR (weightsDir).`,
    );
    expect(await refusalOf({ ...options, offline: true })).toBe(
      `${lack}, and downloading is off. ${RUN} ${names} with --weights DIR (weightsDir).`,
    );
  });

  it('a given folder without the net, and downloads nothing', async () => {
    const server = await startFileServer(both);
    const [weightsDir, cacheDir] = [await tempDir(), await tempDir()];
    await writeInto(weightsDir, 'v0.1/squeeze.pth', HEADS);
    await writeInto(weightsDir, 'squeeze.safetensors', serializeSafetensors(squeezeHeads()));
    const message = await refusalOf({ net: 'squeeze', weightsDir, cacheDir, files: filesFrom(server.url) });
    expect(message).toBe(
      'loadLpips: cannot load the squeeze weights: there is no squeezenet1_1-00000000.pth in ' +
        `${weightsDir} or ${weightsCacheDir(cacheDir)}, and only a part is in ${join(weightsDir, 'squeeze.safetensors')} ` +
        `(without features.12.expand3x3.weight). ${RUN} squeezenet1_1-00000000.pth with --weights DIR (weightsDir).`,
    );
    expect(server.requests).toEqual([]);
  });

  it('an official file with a flipped bit, by its name, in the cache and in a folder', async () => {
    const flipped = BACKBONE.slice();
    flipped[flipped.length >> 1] = at(flipped, flipped.length >> 1) ^ 1;
    const folder = await weightsFolder();
    const path = await writeInto(folder, 'squeezenet1_1-00000000.pth', flipped);
    const files = filesFrom();
    const known = at(files, 0).sha256;
    const message = await refusalOf({ net: 'squeeze', weightsDir: folder, files });
    expect(message.startsWith(`loadLpips: expected sha256 ${known} for ${path}, got `)).toBe(true);
    expect(message).toMatch(/ The file is damaged or another one; copy the official file again\.$/);

    const cacheDir = await tempDir();
    await writeInto(weightsCacheDir(cacheDir), 'squeezenet1_1-00000000.pth', BACKBONE);
    await writeInto(weightsCacheDir(cacheDir), 'v0.1/squeeze.pth', HEADS.subarray(1));
    expect(await refusalOf({ net: 'squeeze', cacheDir, files })).toMatch(
      /The file is damaged; run "lpips weights fetch squeeze" to replace it\. Name heads of your own with --heads FILE \(headsFile\)\.$/,
    );
  });

  it('the weights of another net', async () => {
    const folder = await tempDir();
    await writeInto(
      folder,
      'alex.safetensors',
      serializeSafetensors(new Map([...squeezeBackbone(), ...squeezeHeads()])),
    );
    const message = await refusalOf({ net: 'alex', weightsDir: folder, cacheDir: folder });
    expect(message).toMatch(
      /^loadLpips: cannot load the alex weights: .*only a part is in .*alex\.safetensors/,
    );
    expect(message).toMatch(/alex/);
  });

  it('negative heads', async () => {
    const heads = new Map(squeezeHeads());
    heads.set('lin0.model.1.weight', { shape: [1, 64, 1, 1], data: new Float32Array(64).fill(-0.5) });
    const folder = await weightsFolder();
    const headsFile = await writeInto(folder, 'mine.safetensors', serializeSafetensors(heads));
    expect(await refusalOf({ net: 'squeeze', weightsDir: folder, headsFile, files: filesFrom() })).toBe(
      'fromWeights: expected values ≥ 0 for lin0.model.1.weight, got -0.5. Clamp the heads at 0 after every training step.',
    );
  });

  it('heads for a net that is not named, and heads that are not there', async () => {
    expect(await refusalOf({ headsFile: 'mine.pth' })).toBe(
      'loadLpips: cannot use the heads mine.pth: no net is named. ' +
        'Name the net that they belong to with --net (net).',
    );
    const headsFile = join(await tempDir(), 'mine.pth');
    expect(await refusalOf({ net: 'lite', headsFile })).toBe(
      `readWeights: cannot read ${headsFile}: there is no such file. Check the path.`,
    );
  });

  it('a full cache, and leaves nothing under the final name', async () => {
    const server = await startFileServer(both);
    const file = await writeInto(await tempDir(), 'cache', 'a file, no folder');
    expect(await refusalOf({ net: 'squeeze', cacheDir: file, files: filesFrom(server.url) })).toMatch(
      /^download: cannot write .*: a file stands where a folder should be\. /,
    );
  });

  it('to go on when it is told to stop', async () => {
    const server = await startFileServer(() => undefined); // never answers
    const signal = AbortSignal.timeout(200);
    const files = filesFrom(server.url);
    await expect(loadLpips({ net: 'squeeze', cacheDir: await tempDir(), files, signal })).rejects.toThrow(
      /abort|timeout/i,
    );
  });
});

describeWithShared('loadLpips with official weights', ['weights'], (path) => {
  it.each([
    ['alex', '0.1'],
    ['alex', '0.0'],
    ['squeeze', '0.1'],
    ['squeeze', '0.0'],
  ] as const)('loads %s %s', async (net, version) => {
    const lpips = await loadLpips({ net, version, weightsDir: path('weights'), cacheDir: await tempDir() });
    expect([lpips.net, lpips.version, lpips.linear]).toEqual([net, version, true]);
    lpips.dispose();
  });
});
