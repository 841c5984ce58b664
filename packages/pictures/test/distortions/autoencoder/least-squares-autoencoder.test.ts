import { at } from 'lpips-core';
import {
  type AutoencoderPlan,
  changeSaturation,
  drawAutoencoderPlan,
  LeastSquaresAutoencoder,
  paint,
  type Raster,
  seededRandom,
} from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { shrinkAndEnlarge } from '../../../src/distortions/filters.js';
import { addNoise, addPinkNoise } from '../../../src/distortions/noise.js';

const PLAN: AutoencoderPlan = {
  corruption: 'none',
  stride: 4,
  channels: 12,
  upsampling: 'blocks',
  unevenness: 0,
  skip: 0,
  ridge: 1e-5,
  dropout: 0,
  seed: 3,
};

/** 64x64 of soft coloured waves. */
function picture(seed: number): Raster {
  const random = seededRandom(seed);
  const [a, b, c] = [random.uniform() / 4, random.uniform() / 4, 6 * random.uniform()];
  return paint(64, 64, (x, y) => [
    0.5 + 0.3 * Math.sin(a * x + c),
    0.5 + 0.3 * Math.sin(b * y - c),
    0.5 + 0.2 * Math.cos(a * x + b * y),
  ]);
}

const PICTURES = Array.from({ length: 12 }, (_, seed) => picture(seed));
const UNSEEN = picture(99);

function meanSquares(a: Raster, b: Raster): number {
  return a.data.reduce((sum, value, i) => sum + (value - at(b.data, i)) ** 2, 0) / a.data.length;
}

const passed = (plan: Partial<AutoencoderPlan>, seed = 1) =>
  LeastSquaresAutoencoder.fit({ ...PLAN, ...plan }, PICTURES).apply(UNSEEN, seededRandom(seed));

describe('LeastSquaresAutoencoder', () => {
  it.each(['blocks', 'overlapping', 'nearest', 'linear'] as const)(
    'gives soft 64x64 pictures back, nearly: %s',
    (upsampling) => {
      const result = passed({ upsampling });
      expect([result.width, result.height]).toEqual([64, 64]);
      expect(meanSquares(result, UNSEEN)).toBeLessThan(0.01);
      expect(meanSquares(result, UNSEEN)).toBeGreaterThan(0);
    },
  );

  it('is worse with a smaller code, a larger stride, lost numbers and a larger penalty', () => {
    const best = meanSquares(passed({}), UNSEEN);
    for (const worse of [{ channels: 3 }, { stride: 8 }, { dropout: 0.1 }, { ridge: 0.1 }]) {
      expect(meanSquares(passed(worse), UNSEEN)).toBeGreaterThan(best);
    }
  });

  it('leaves a checkerboard where overlaps show: 4 patches meet at every corner', () => {
    const flat = paint(64, 64, () => [0.7, 0.7, 0.7]);
    const encoder = LeastSquaresAutoencoder.fit(
      { ...PLAN, upsampling: 'overlapping', unevenness: 0.3 },
      PICTURES,
    );
    const { data } = encoder.apply(flat, seededRandom(1));
    const red = (x: number, y: number) => at(data, 3 * (y * 64 + x));
    // Patches of 6 begin at 4n − 1: at 31 and 32 two meet, at 33 and 34 one is alone.
    expect(red(32, 32)).toBeGreaterThan(red(33, 32) + 0.05);
    expect(red(33, 32)).toBeGreaterThan(red(33, 33) + 0.05);
  });

  it('takes fine detail past the code with a skip', () => {
    const stripes = paint(64, 64, (x) => [x % 2, x % 2, x % 2]);
    const contrast = (skip: number) => {
      const { data } = LeastSquaresAutoencoder.fit({ ...PLAN, skip }, PICTURES).apply(
        stripes,
        seededRandom(1),
      );
      return Math.abs(at(data, 3 * 33) - at(data, 3 * 32));
    };
    expect(contrast(0.9)).toBeGreaterThan(contrast(0) + 0.3);
  });

  it.each([
    ['white-noise', addNoise(UNSEEN, 0.1, seededRandom(1))],
    ['pink-noise', addPinkNoise(UNSEEN, 0.1, seededRandom(1))],
    ['greyscale', changeSaturation(UNSEEN, -1)],
    ['downsampling', shrinkAndEnlarge(UNSEEN, 3, 'box', 'linear')],
  ] as const)('corrupts its input and is fitted to undo it: %s', (corruption, corrupted) => {
    const untaught = LeastSquaresAutoencoder.fit(PLAN, PICTURES);
    const error = meanSquares(passed({ corruption }), UNSEEN);
    expect(error).toBeGreaterThan(meanSquares(untaught.apply(UNSEEN, seededRandom(1)), UNSEEN));
    expect(error).toBeLessThan(meanSquares(untaught.apply(corrupted, seededRandom(1)), UNSEEN));
  });

  it('sees no colour in a greyscale input', () => {
    const encoder = LeastSquaresAutoencoder.fit({ ...PLAN, corruption: 'greyscale' }, PICTURES);
    const grey = changeSaturation(UNSEEN, -1);
    expect(
      meanSquares(encoder.apply(grey, seededRandom(1)), encoder.apply(UNSEEN, seededRandom(1))),
    ).toBeLessThan(1e-6);
  });

  it('is the same for the same plan, pictures and seed, and draws plans that differ', () => {
    expect(passed({ corruption: 'white-noise' }).data).toEqual(passed({ corruption: 'white-noise' }).data);
    expect(passed({ corruption: 'white-noise' }).data).not.toEqual(
      passed({ corruption: 'white-noise' }, 2).data,
    );
    const random = seededRandom(5);
    const plans = Array.from({ length: 40 }, () => drawAutoencoderPlan(random));
    expect(new Set(plans.map(({ upsampling }) => upsampling)).size).toBe(4);
    expect(new Set(plans.map(({ corruption }) => corruption)).size).toBe(5);
  });
});
