import { describe, expect, it } from 'vitest';
import { mse, psnr, ssim } from '../src/pixel-metrics.js';
import { mapSamples, paint, type Raster } from '../src/raster.js';

/** Decimals: samples are float32, the reference's float64. */
const TOLERANCE = 6;

/** scikit-image 0.26.0, structural_similarity(…, gaussian_weights=True, sigma=1.5, use_sample_covariance=False). */
const SCIKIT_IMAGE = 0.8201245306650028;

const grey = (value: number): readonly [number, number, number] => [value, value, value];

/** A smooth pattern and a disturbed copy, by formulas that any program can repeat. */
function pattern(): Raster {
  return paint(40, 32, (x, y) => grey(0.5 + 0.3 * Math.sin(x / 3) * Math.cos(y / 4)));
}
function disturbed(): Raster {
  return paint(40, 32, (x, y) =>
    grey(0.45 + 0.25 * Math.sin(x / 3 + 0.4) * Math.cos(y / 4) + ((x * 7 + y * 13) % 11) / 100),
  );
}

describe('MSE and PSNR', () => {
  it('of samples that all differ by 0.1 are 0.01 and 20 dB', () => {
    const flat = paint(4, 3, () => grey(0.5));
    const lighter = mapSamples(flat, (value) => value + 0.1);
    expect(mse(lighter, flat)).toBeCloseTo(0.01, 7);
    expect(psnr(lighter, flat)).toBeCloseTo(20, 4);
  });

  it('of a picture with itself are 0 and infinite', () => {
    expect(mse(pattern(), pattern())).toBe(0);
    expect(psnr(pattern(), pattern())).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('SSIM', () => {
  it('of a picture with itself is 1', () => {
    expect(ssim(pattern(), pattern())).toBeCloseTo(1, 12);
  });

  it('of two flat pictures is the luminance term, (2ab + C1) / (a² + b² + C1)', () => {
    const [a, b] = [0.25, 0.75];
    const expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4);
    const flat = (value: number) => paint(16, 14, () => grey(value));
    expect(ssim(flat(a), flat(b))).toBeCloseTo(expected, TOLERANCE);
  });

  it('is what scikit-image gives for x=[32,40] (Gaussian window, σ 1.5, population covariance)', () => {
    expect(ssim(disturbed(), pattern())).toBeCloseTo(SCIKIT_IMAGE, TOLERANCE);
  });

  it('refuses an image smaller than its window, 10x20', () => {
    const small = paint(10, 20, () => grey(0.5));
    expect(() => ssim(small, small)).toThrow(
      'ssim: expected at least 11 x 11 pixels for image, got 10 x 20.',
    );
  });

  it('is symmetric', () => {
    expect(ssim(disturbed(), pattern())).toBeCloseTo(ssim(pattern(), disturbed()), 12);
  });
});

describe('images of different sizes', () => {
  it.each([
    ['mse', mse],
    ['psnr', psnr],
    ['ssim', ssim],
  ] as const)('%s refuses them: 40x32 and 32x40', (name, metric) => {
    const turned = paint(32, 40, () => grey(0.5));
    expect(() => metric(pattern(), turned)).toThrow(
      `${name}: expected 40 x 32 pixels for reference, got 32 x 40. Resize one of them.`,
    );
  });
});
