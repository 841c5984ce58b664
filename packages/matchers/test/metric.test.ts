import { join } from 'node:path';
import { serializeSafetensors } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { squeezeBackbone, squeezeHeads } from '../../../test/support/squeeze-weights.js';
import { tempDir, writeInto } from '../../../test/support/temp-dir.js';
import { compareImages } from '../src/compare-images.js';
import { differenceMessage } from '../src/messages.js';
import { iconPiece } from './support/fixtures.js';

const DETAILS = { call: 'expect(image).toLookLike(reference)', reference: 'reference.png' };

describe('what a comparison calls its net', () => {
  beforeAll(() => selectBackend('wasm'));

  it('is the version of official weights', async () => {
    const comparison = await compareImages(await iconPiece('moved'), await iconPiece('reference'));
    expect([comparison.version, comparison.isOfficial]).toEqual(['0.3', true]);
    expect(differenceMessage(comparison, false, DETAILS)).toMatch(/net: +lite 0\.3\n/);
  });

  it('is custom with a digest for weights of one’s own in weightsDir, as lpips distance says it', async () => {
    const weightsDir = await tempDir();
    const weights = new Map([...squeezeBackbone(), ...squeezeHeads()]);
    await writeInto(weightsDir, 'squeeze.safetensors', serializeSafetensors(weights));
    const options = { net: 'squeeze', weightsDir } as const;
    const comparison = await compareImages(await iconPiece('moved'), await iconPiece('reference'), options);
    expect(comparison.version).toMatch(/^custom [0-9a-f]{8}$/);
    expect(comparison.isOfficial).toBe(false);
    expect(differenceMessage(comparison, false, DETAILS)).toMatch(/net: +squeeze custom [0-9a-f]{8}\n/);
  });

  it('says that no official net was loaded where all pixels are equal', async () => {
    const piece = await iconPiece('reference');
    const comparison = await compareImages(piece, piece, {
      net: 'squeeze',
      weightsDir: join('/', 'nowhere'),
    });
    expect(differenceMessage(comparison, true, DETAILS)).toMatch(
      /net: +squeeze not loaded, since all pixels are equal\n/,
    );
  });
});

describeWithShared('what a comparison calls official weights', ['weights'], (path) => {
  it.each(['alex', 'squeeze'] as const)('is 0.1 for %s', async (net) => {
    const options = { net, weightsDir: path('weights') };
    const comparison = await compareImages(await iconPiece('moved'), await iconPiece('reference'), options);
    expect([comparison.version, comparison.isOfficial]).toEqual(['0.1', true]);
  });
});
