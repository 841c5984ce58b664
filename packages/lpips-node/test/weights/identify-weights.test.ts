import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  liteWeightsUrl,
  type NetName,
  parseSafetensors,
  type Weight,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import { HEADS_VERSIONS, OFFICIAL_NETS } from 'lpips-core/official-files';
import { OFFICIAL_BACKBONES, OFFICIAL_HEADS } from 'lpips-core/official-tensors';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { calibrationName, identifyWeights } from '../../src/weights/identify-weights.js';
import { readNetwork } from '../../src/weights/read-weights.js';

const LITE = { net: 'lite', version: '0.3', linear: true } as const;

async function liteWeights(): Promise<Map<string, Weight>> {
  return new Map(parseSafetensors(await readFile(liteWeightsUrl)).weights);
}

describe('identifyWeights', () => {
  it('knows the lite of lpips-core, whole and as the baseline', async () => {
    const weights = await liteWeights();
    expect(await identifyWeights({ ...LITE, weights })).toMatchObject({ official: true });
    expect(await identifyWeights({ ...LITE, linear: false, weights })).toMatchObject({ official: true });
  });

  it.each(['features.0.bias', 'lin4.model.1.weight'])('tells one changed value of %s', async (name) => {
    const weights = await liteWeights();
    const { shape = [], data = new Float32Array(0) } = weights.get(name) ?? {};
    weights.set(name, { shape, data: data.map((value, i) => (i === 3 ? value + 1e-3 : value)) });
    expect(await identifyWeights({ ...LITE, weights })).toMatchObject({ official: false });
  });

  it('digests the digests of the tensors in the order of their names', async () => {
    const weights: WeightMap = new Map([
      ['b', { shape: [1], data: Float32Array.of(2) }],
      ['a', { shape: [2], data: Float32Array.of(1, -0) }],
    ]);
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    const [a, b] = [
      sha256(Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0x80)),
      sha256(Uint8Array.of(0, 0, 0, 0x40)),
    ];
    const digest = sha256(Buffer.concat([a, b]))
      .toString('hex')
      .slice(0, 8);
    expect(await identifyWeights({ ...LITE, weights })).toEqual({ official: false, digest });
  });

  it('pins every tensor of every net', () => {
    for (const [net, backbone] of Object.entries(OFFICIAL_BACKBONES) as [NetName, Record<string, string>][]) {
      for (const heads of Object.values(OFFICIAL_HEADS[net])) {
        const names = Object.keys({ ...backbone, ...heads });
        expect(names.toSorted(), net).toEqual([...weightShapes(net).keys()].toSorted());
      }
    }
  });
});

describe('calibrationName', () => {
  it('is the version of official weights, else custom with the digest', () => {
    const own = { official: false, digest: '0123abcd' };
    expect(calibrationName({ net: 'alex', version: '0.0' }, { ...own, official: true })).toBe('0.0');
    expect(calibrationName({ net: 'alex', version: '0.1' }, own)).toBe('custom 0123abcd');
    expect(calibrationName({ net: 'alex', version: '0.0' }, own)).toBe(
      'custom 0123abcd without scaling layer',
    );
    expect(calibrationName(LITE, own)).toBe('custom 0123abcd');
  });
});

describeWithShared('the official tensors', ['weights'], (path) => {
  const files = { alex: 'alexnet', squeeze: 'squeezenet1_1', vgg: 'vgg16' };
  it.each(OFFICIAL_NETS)(
    'are those of %s, whose heads of one version are not those of the other',
    async (net) => {
      const { weights: backbone } = await readNetwork(path(`weights/${files[net]}_features.safetensors`));
      for (const version of HEADS_VERSIONS) {
        const { weights: heads } = await readNetwork(path(`weights/lpips/v${version}/${net}.pth`));
        const metric = { net, linear: true, weights: new Map([...backbone, ...heads]) };
        for (const claimed of HEADS_VERSIONS) {
          const { official } = await identifyWeights({ ...metric, version: claimed });
          expect(official).toBe(claimed === version);
        }
      }
    },
  );
});
