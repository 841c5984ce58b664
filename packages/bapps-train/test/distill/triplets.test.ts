import { createHash } from 'node:crypto';
import type { RgbPixels } from 'lpips-pictures';
import { paint, toBytes } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { type Mixture, makeTriplet, TRIPLET_BYTES } from '../../src/distill/triplets.js';

/** Waves, coarse to fine, in colours that change slowly, as bytes. */
function photograph(width: number, height: number, phase: number): RgbPixels {
  const painted = paint(width, height, (x, y) => {
    const wave = Math.sin(0.002 * (x + phase) ** 2) * Math.cos(0.05 * y + phase);
    return [0.5 + 0.4 * wave, 0.5 + 0.3 * Math.sin(0.04 * y + phase), 0.4 + (0.5 * x) / width];
  });
  return { width, height, data: Uint8Array.from(toBytes(painted)) };
}

const PHOTOGRAPHS = [photograph(181, 121, 0), photograph(97, 140, 2), photograph(64, 64, 5)];

/** Of triplets 0 … 47 of seed 1. What is distilled and measured from pictures stays what it was while these do. */
const DIGESTS: readonly [Mixture, string][] = [
  ['training', 'b7a647598a0ba31320f59d69fd0823af65de9746cafa3463f0696583e4d8e547'],
  ['recipe', 'fc6b5833cb6c0f7d170f2fda9a07c55ba930bf469ff408fb0be6226e89d12b9b'],
  ['held-out', '71146826d725501108580c4a49316149ae25e0c44b322dd994d01786051b52d8'],
];

describe('makeTriplet', () => {
  it.each(DIGESTS)(
    'makes the same bytes of three photographs as ever, mixture %s',
    async (mixture, digest) => {
      const hash = createHash('sha256');
      for (let number = 0; number < 48; number++) {
        const bytes = await makeTriplet(PHOTOGRAPHS, 1, mixture, number);
        expect(bytes).toHaveLength(TRIPLET_BYTES);
        hash.update(bytes);
      }
      expect(hash.digest('hex')).toBe(digest);
    },
  );

  it('makes larger pictures: 128x128 of a photograph that has as many, and none of one that has fewer', async () => {
    const large = [photograph(181, 130, 0)];
    const bytes = await makeTriplet(large, 1, 'training', 0, 128);
    expect(bytes).toHaveLength(3 * 128 * 128 * 3);
    expect(bytes.subarray(0, bytes.length / 3)).not.toEqual(
      bytes.subarray(bytes.length / 3, (2 * bytes.length) / 3),
    );
    await expect(makeTriplet(large, 1, 'training', 0, 256)).rejects.toThrow(/a side of at most 130 pixels/);
  });

  it('makes triplet 7 alone as among others, and another one of another seed', async () => {
    const [alone, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => makeTriplet(PHOTOGRAPHS, seed, 'training', 7)),
    );
    expect(alone).toEqual(again);
    expect(alone).not.toEqual(other);
  });
});
