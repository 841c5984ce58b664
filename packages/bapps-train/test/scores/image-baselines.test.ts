import { paint, type Raster, roundToBytes } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { labDissimilarity, labSquaredDistance, toLab } from '../../src/scores/image-baselines.js';

/** Decimals: samples are float32, the reference's float64. */
const TOLERANCE = 7;

/** scikit-image 0.26.0 in float64 on the two patterns below: rgb2lab, structural_similarity(…, data_range=100). */
const SCIKIT_IMAGE = { l2: 0.0037827904097567327, dssim: 0.11904873488429196 } as const;

/** Smooth patterns in colour by formulas that any program can repeat, rounded to 8 bits. */
function pattern(): Raster {
  return roundToBytes(
    paint(40, 32, (x, y) => [
      0.5 + 0.3 * Math.sin(x / 3) * Math.cos(y / 4),
      0.4 + 0.2 * Math.cos(x / 5),
      0.6 + 0.3 * Math.sin((x + y) / 6),
    ]),
  );
}
function disturbed(): Raster {
  return roundToBytes(
    paint(40, 32, (x, y) => [
      0.45 + 0.25 * Math.sin(x / 3 + 0.4) * Math.cos(y / 4) + ((x * 7 + y * 13) % 11) / 100,
      0.42 + 0.2 * Math.cos(x / 5 + 0.1),
      0.55 + 0.3 * Math.sin((x + y) / 6 + 0.3),
    ]),
  );
}

describe('toLab', () => {
  it.each([
    [[1, 0, 0] as const, [53.2405879437449, 80.0923082256922, 67.2027510444287]],
    [[1, 1, 1] as const, [100, -0.0024549378620508655, 0.004653421154054982]],
    [[0, 0, 0] as const, [0, 0, 0]],
    [[0.02, 0.01, 0.03] as const, [0.9487425492476795, 1.3759023328237807, -1.6949227202632144]],
  ])('gives scikit-image’s L, a, b of %j', (rgb, expected) => {
    const { planes } = toLab(paint(1, 1, () => rgb));
    for (const [channel, value] of expected.entries()) expect(planes[channel]?.[0]).toBeCloseTo(value, 4);
  });
});

describe('the baselines of the official evaluation, x=[32,40]', () => {
  it('L2 is what the official code gives with scikit-image', () => {
    expect(labSquaredDistance(toLab(disturbed()), toLab(pattern()))).toBeCloseTo(SCIKIT_IMAGE.l2, TOLERANCE);
  });

  it('DSSIM is what the official code gives with scikit-image', () => {
    expect(labDissimilarity(toLab(disturbed()), toLab(pattern()))).toBeCloseTo(SCIKIT_IMAGE.dssim, TOLERANCE);
  });

  it('are 0 for identical images and symmetric', () => {
    const [a, b] = [toLab(pattern()), toLab(disturbed())];
    for (const distance of [labSquaredDistance, labDissimilarity]) {
      expect(distance(a, a)).toBeCloseTo(0, 12);
      expect(distance(a, b)).toBeCloseTo(distance(b, a), 12);
    }
  });

  it('refuse images smaller than a window', () => {
    const small = toLab(paint(6, 20, () => [0, 0, 0]));
    expect(() => labDissimilarity(small, small)).toThrow(
      'labDissimilarity: expected at least 7x7 pixels for image, got 6x20.',
    );
  });
});
