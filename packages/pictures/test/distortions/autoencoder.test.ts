import {
  Autoencoder,
  type AutoencoderPlan,
  drawAutoencoder,
  paint,
  type Raster,
  seededRandom,
} from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { LeastSquares } from '../../src/distortions/least-squares.js';

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
  return a.data.reduce((sum, value, i) => sum + (value - (b.data[i] ?? 0)) ** 2, 0) / a.data.length;
}

const passed = (plan: Partial<AutoencoderPlan>, seed = 1) =>
  Autoencoder.fit({ ...PLAN, ...plan }, PICTURES).apply(UNSEEN, seededRandom(seed));

describe('LeastSquares', () => {
  it('finds the weights of exact rows, 2 inputs, 2 outputs', () => {
    const problem = new LeastSquares(2, 2);
    // y = [2a − b, a + 3b]
    for (const [a, b] of [
      [1, 0],
      [1, 2],
      [-1, 1],
    ] as const) {
      problem.add(Float64Array.of(a, b), Float64Array.of(2 * a - b, a + 3 * b));
    }
    [2, 1, -1, 3].forEach((weight, i) => {
      expect(problem.solve(1e-12)[i]).toBeCloseTo(weight, 9);
    });
  });

  it('shrinks the weight by the penalty: x = 1, y = 1, λ = 1 gives 1/2', () => {
    const problem = new LeastSquares(1, 1);
    problem.add(Float64Array.of(1), Float64Array.of(1));
    expect(problem.solve(1)[0]).toBeCloseTo(0.5, 12);
  });
});

describe('Autoencoder', () => {
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
    const encoder = Autoencoder.fit({ ...PLAN, upsampling: 'overlapping', unevenness: 0.3 }, PICTURES);
    const { data } = encoder.apply(flat, seededRandom(1));
    const at = (x: number, y: number) => data[3 * (y * 64 + x)] ?? 0;
    // Patches of 6 begin at 4n − 1: at 31 and 32 two meet, at 33 and 34 one is alone.
    expect(at(32, 32)).toBeGreaterThan(at(33, 32) + 0.05);
    expect(at(33, 32)).toBeGreaterThan(at(33, 33) + 0.05);
  });

  it('takes fine detail past the code with a skip', () => {
    expect(meanSquares(passed({ stride: 8, skip: 0.9 }), UNSEEN)).not.toBe(
      meanSquares(passed({ stride: 8 }), UNSEEN),
    );
    const stripes = paint(64, 64, (x) => [x % 2, x % 2, x % 2]);
    const contrast = (skip: number) => {
      const { data } = Autoencoder.fit({ ...PLAN, skip }, PICTURES).apply(stripes, seededRandom(1));
      return Math.abs((data[3 * 33] ?? 0) - (data[3 * 32] ?? 0));
    };
    expect(contrast(0.9)).toBeGreaterThan(contrast(0) + 0.3);
  });

  it.each(['white-noise', 'pink-noise', 'greyscale', 'downsampling'] as const)(
    'passes a corrupted input: %s',
    (corruption) => {
      expect(passed({ corruption }).data).not.toEqual(passed({}).data);
    },
  );

  it('is the same for the same plan, pictures and seed, and draws plans that differ', () => {
    expect(passed({ corruption: 'white-noise' }).data).toEqual(passed({ corruption: 'white-noise' }).data);
    expect(passed({ corruption: 'white-noise' }).data).not.toEqual(
      passed({ corruption: 'white-noise' }, 2).data,
    );
    const random = seededRandom(5);
    const plans = Array.from({ length: 40 }, () => drawAutoencoder(random));
    expect(new Set(plans.map(({ upsampling }) => upsampling)).size).toBe(4);
    expect(new Set(plans.map(({ corruption }) => corruption)).size).toBe(5);
  });
});
