import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  LITE_VERSION,
  LpipsError,
  liteWeightsUrl,
  parseSafetensors,
  serializeSafetensors,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import { OFFICIAL_FILES, OFFICIAL_NETS, officialFiles } from 'lpips-core/official-files';
import { DIGEST_KEY } from 'lpips-core/weights-files';
import { describe, expect, it } from 'vitest';
import { type Answer, sending, startFileServer } from '../../../../test/support/file-server.js';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import {
  catalogued,
  pytorchFileOf,
  squeezeBackbone,
  squeezeHeads,
} from '../../../../test/support/squeeze-weights.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { weightsCacheDir } from '../../src/files/cache.js';
import { sha256OfFile } from '../../src/files/digest.js';
import { fetchWeights } from '../../src/weights/fetch-weights.js';
import { identifyWeights } from '../../src/weights/identify-weights.js';
import { convertWeights, listWeights, verifyWeights } from '../../src/weights/manage-weights.js';
import { addressOf } from '../../src/weights/mirror.js';
import { readWeights } from '../../src/weights/read-weights.js';
import { serializeWeights } from '../../src/weights/write-weights.js';

const classifier = { shape: [2], data: Float32Array.of(1, 2) };
const BACKBONE = pytorchFileOf(new Map([...squeezeBackbone(), ['classifier.1.bias', classifier]]));
const HEADS = pytorchFileOf(squeezeHeads());
const BACKBONE_NAME = 'squeezenet1_1-00000000.pth';

function filesFrom(baseUrl?: string) {
  return [
    catalogued({ net: 'squeeze', part: 'backbone', path: BACKBONE_NAME }, BACKBONE, baseUrl),
    catalogued({ net: 'squeeze', part: 'heads', version: '0.1', path: 'v0.1/squeeze.pth' }, HEADS, baseUrl),
    catalogued({ net: 'squeeze', part: 'heads', version: '0.0', path: 'v0.0/squeeze.pth' }, HEADS, baseUrl),
  ];
}

const all: Answer = (request, response) =>
  sending(request.url === `/${BACKBONE_NAME}` ? BACKBONE : HEADS)(request, response);

/** AlexNet with meaningless numbers. */
function tunedAlex(): WeightMap {
  return new Map(
    [...weightShapes('alex')].map(([name, shape]) => {
      const size = shape.reduce((product, side) => product * side, 1);
      return [name, { shape, data: new Float32Array(size).fill(0.5) }];
    }),
  );
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

describe('the catalogue', () => {
  it('has for each net a backbone, whose name ends in its digest, and heads of two versions', () => {
    for (const net of OFFICIAL_NETS) {
      const [backbone, ...heads] = officialFiles(net, ['0.1', '0.0']);
      expect(backbone?.path).toMatch(new RegExp(`-${backbone?.sha256.slice(0, 8)}\\.pth$`));
      expect(heads.map(({ path }) => path)).toEqual([`v0.1/${net}.pth`, `v0.0/${net}.pth`]);
      expect(heads.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
    }
  });

  it('knows addresses at the publishers and at a mirror', () => {
    const [backbone, heads] = officialFiles('vgg', ['0.1']);
    if (!backbone || !heads) throw new Error('files are missing');
    expect(addressOf(backbone, '')).toBe('https://download.pytorch.org/models/vgg16-397923af.pth');
    expect(addressOf(heads, undefined)).toBe(
      'https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/082bb24f84c091ea94de2867d34c4544f68e0963/lpips/weights/v0.1/vgg.pth',
    );
    expect(addressOf(heads, 'http://mirror/lpips/')).toBe('http://mirror/lpips/v0.1/vgg.pth');
    for (const mirror of ['/mnt/nets', 'file:///mnt/nets', 'mirror', 'http://']) {
      expect(() => addressOf(heads, mirror)).toThrow(
        `fetchWeights: expected an http or https address for LPIPS_MIRROR, got "${mirror}". ` +
          'Name a folder with --weights DIR (weightsDir) instead.',
      );
    }
  });
});

describe('fetchWeights', () => {
  it('brings backbone and heads of both versions, keeps what is right, replaces what is damaged', async () => {
    const server = await startFileServer(all);
    const cacheDir = await tempDir();
    const options = { cacheDir, files: filesFrom(server.url) };
    expect((await fetchWeights('squeeze', options)).map(({ file, state }) => [file.path, state])).toEqual([
      [BACKBONE_NAME, 'fetched'],
      ['v0.1/squeeze.pth', 'fetched'],
      ['v0.0/squeeze.pth', 'fetched'],
    ]);
    await writeInto(weightsCacheDir(cacheDir), 'v0.0/squeeze.pth', 'damaged');
    const again = await fetchWeights('squeeze', options);
    expect(again.map(({ state }) => state)).toEqual(['present', 'present', 'replaced']);
    expect(server.requests.length).toBe(4);
    expect(await readdir(join(weightsCacheDir(cacheDir), 'v0.0'))).toEqual(['squeeze.pth']);
  });

  it('refuses lite, which needs no fetching', async () => {
    // As a caller without types would.
    expect(await messageOf(Reflect.apply(fetchWeights, undefined, ['lite']))).toBe(
      'fetchWeights: expected alex, vgg or squeeze for net, got "lite". The weights of lite are part of lpips-core.',
    );
  });
});

describe('listWeights and verifyWeights', () => {
  it('list lite and every official file, missing where they are', async () => {
    const rows = await listWeights({ cacheDir: await tempDir() });
    expect(rows.map(({ net, part, version }) => [net, part, version])).toEqual([
      ['lite', 'both', LITE_VERSION],
      ...OFFICIAL_NETS.flatMap((net) => [
        [net, 'backbone', undefined],
        [net, 'heads', '0.1'],
        [net, 'heads', '0.0'],
      ]),
    ]);
    expect(rows.slice(1).map(({ state }) => state)).toEqual(OFFICIAL_FILES.map(() => 'missing'));
    expect(rows[0]).toMatchObject({ state: 'present', name: 'lite.safetensors' });
  });

  it('call a stand-in with other tensors custom', async () => {
    const weightsDir = await tempDir();
    await writeInto(weightsDir, 'alex-v0.1.safetensors', serializeSafetensors(tunedAlex()));
    const rows = await verifyWeights({ weightsDir, cacheDir: await tempDir() });
    expect(
      rows.filter(({ state }) => state !== 'missing').map(({ net, part, state }) => [net, part, state]),
    ).toEqual([
      ['lite', 'both', 'ok'],
      ['alex', 'backbone', 'custom'],
      ['alex', 'heads', 'custom'],
    ]);
  });

  it('say where files are, and which are damaged', async () => {
    const [weightsDir, cacheDir] = [await tempDir(), await tempDir()];
    const files = filesFrom();
    const backbone = await writeInto(weightsCacheDir(cacheDir), BACKBONE_NAME, BACKBONE);
    const heads = await writeInto(weightsDir, 'v0.1/squeeze.pth', HEADS.subarray(1));
    const standIn = await writeInto(
      weightsDir,
      'v0.0/squeeze.safetensors',
      serializeSafetensors(squeezeHeads()).subarray(0, 5000),
    );
    const options = { weightsDir, cacheDir, files };
    const listed = (await listWeights(options)).filter(({ net }) => net === 'squeeze');
    expect(listed.map(({ path, bytes, state, isOfficial }) => [path, bytes, state, isOfficial])).toEqual([
      [backbone, BACKBONE.length, 'present', true],
      [heads, HEADS.length - 1, 'present', true],
      [standIn, 5000, 'present', false],
    ]);
    const verified = (await verifyWeights(options)).filter(({ net }) => net === 'squeeze');
    expect(verified.map(({ state }) => state)).toEqual(['ok', 'damaged', 'damaged']);
    const digest = await sha256OfFile(heads);
    expect(verified[1]?.fault).toBe(
      `verifyWeights: expected sha256 ${files[1]?.sha256} for ${heads}, got ${digest}.`,
    );
    expect(verified[2]?.fault).toMatch(
      /^parseSafetensors: expected \d+ bytes of values for .*, got \d+\. The file is truncated; fetch or copy it again\.$/,
    );
  });
});

describe('convertWeights', () => {
  it('writes convolutions and heads as safetensors with the digest of their values', async () => {
    const folder = await tempDir();
    const input = await writeInto(folder, 'in.pth', BACKBONE);
    const output = join(folder, 'new', 'out.safetensors');
    const converted = await convertWeights(input, output);
    expect(converted).toMatchObject({ from: 'pytorch-zip', dropped: ['classifier.1.bias'] });
    expect(converted.kept).toEqual([...squeezeBackbone().keys()]);
    const { weights, metadata } = await readWeights(output);
    expect(weights).toEqual(squeezeBackbone());
    expect(metadata['source']).toBe('in.pth');
    expect(metadata['source_sha256']).toBe(await sha256OfFile(input));
    expect(metadata[DIGEST_KEY]).toMatch(/^[0-9a-f]{64}$/);
    expect(metadata['weights']).toMatch(/^custom [0-9a-f]{8}$/);
    expect(converted.weights).toBe(metadata['weights']);
    expect((await readFile(output)).length).toBe(converted.bytes);
    expect(await readdir(join(folder, 'new'))).toEqual(['out.safetensors']);
  });

  it('gives the same bytes each time, also from its own output', async () => {
    const folder = await tempDir();
    const input = await writeInto(folder, 'in.pth', HEADS);
    await convertWeights(input, join(folder, 'a'));
    await convertWeights(input, join(folder, 'b'));
    expect(await readFile(join(folder, 'a'))).toEqual(await readFile(join(folder, 'b')));
    expect((await convertWeights(join(folder, 'a'), join(folder, 'c'))).from).toBe('safetensors');
    expect((await readWeights(join(folder, 'c'))).weights).toEqual(
      (await readWeights(join(folder, 'a'))).weights,
    );
  });

  it('writes whose weights they are, of a whole network, of a part, and of changed ones', async () => {
    const folder = await tempDir();
    const lite = parseSafetensors(await readFile(liteWeightsUrl)).weights;
    const isHeadName = (name: string) => name.startsWith('lin');
    const [heads, backbone] = [true, false].map(
      (wanted) => new Map([...lite].filter(([name]) => isHeadName(name) === wanted)),
    );
    const own = new Map(lite);
    const { shape = [], data = new Float32Array() } = lite.get('features.0.bias') ?? {};
    own.set('features.0.bias', { shape, data: data.map((value) => value / 2) });
    const { digest } = await identifyWeights({
      net: 'lite',
      version: LITE_VERSION,
      linear: true,
      weights: own,
    });
    for (const [weights, name] of [
      [lite, `lite ${LITE_VERSION}`],
      [backbone, 'lite backbone'],
      [heads, `lite ${LITE_VERSION} heads`],
      [own, `custom ${digest}`],
    ] as const) {
      const input = await writeInto(
        folder,
        'in',
        serializeWeights(weights ?? new Map(), { weights: 'alex 0.1' }),
      );
      expect((await convertWeights(input, join(folder, 'out'))).weights).toBe(name);
      expect((await readWeights(join(folder, 'out'))).metadata['weights']).toBe(name);
    }
  });

  it('refuses to overwrite its input, also through a link', async () => {
    const folder = await tempDir();
    const input = await writeInto(folder, 'in.pth', HEADS);
    const link = join(folder, 'link.pth');
    await symlink(input, link);
    for (const output of [input, link, join(folder, 'x', '..', 'in.pth')]) {
      if (output.includes('..')) await mkdir(join(folder, 'x'));
      expect(await messageOf(convertWeights(input, output))).toBe(
        `output: expected a file that can be written for ${output}, got a file that is read. Name another file.`,
      );
    }
    expect(new Uint8Array(await readFile(input))).toEqual(HEADS);
  });

  it('refuses a file that holds neither convolutions nor heads, and an output that is a folder or a device', async () => {
    const folder = await tempDir();
    const other = await writeInto(
      folder,
      'in.pth',
      pytorchFileOf(new Map([['classifier.bias', classifier]])),
    );
    expect(await messageOf(convertWeights(other, join(folder, 'out')))).toBe(
      `convertWeights: expected weights named features.*, net.slice*.* or lin* for ${other}, got "classifier.bias". ` +
        'Is it a state dict of another kind of network?',
    );
    const input = await writeInto(folder, 'heads.pth', HEADS);
    await mkdir(join(folder, 'out', 'more'), { recursive: true });
    expect(await messageOf(convertWeights(input, join(folder, 'out')))).toBe(
      `output: expected a file that can be written for ${join(folder, 'out')}, got a folder. Name a file in it.`,
    );
    expect(await messageOf(convertWeights(input, '/dev/null'))).toBe(
      'output: expected a file that can be written for /dev/null, got a device. Name a file.',
    );
    expect((await readdir(folder)).toSorted()).toEqual(['heads.pth', 'in.pth', 'out']);
  });
});

describeWithShared('the official heads', ['weights/lpips'], (path) => {
  it('have the digests and sizes of the catalogue', async () => {
    const rows = await verifyWeights({ weightsDir: path('weights'), cacheDir: await tempDir() });
    const heads = rows.filter(({ part }) => part === 'heads');
    expect(heads.map(({ state, isOfficial }) => [state, isOfficial])).toEqual(heads.map(() => ['ok', true]));
    for (const { name, bytes } of heads) {
      expect(OFFICIAL_FILES.find((file) => file.path === name)?.bytes).toBe(bytes);
    }
  });
});
