/**
 * @module
 * How far results may be from the goldens. Each function expects that they are no further, and returns the error.
 */
import { at } from 'lpips-core';
import { expect } from 'vitest';
import type { PageNumbers } from '../../../../test/support/measure-in-page.js';
import { norm, relativeError } from '../../../../test/support/relative-error.js';
import { type Golden, readNpy } from './goldens.js';

type Locate = (relative: string) => string;
type Numbers = ArrayLike<number>;

/**
 * Bar for gradients: relative error, of the norms and L2. The largest that the cases have on WASM and tensorflow is 3.1e-6; a
 * unit on the other side of its relu makes more than 1e-4.
 */
const GRADIENT = 2e-5;

/** Gradients of a case to its image and reference, flat. */
type Gradients = Pick<PageNumbers, 'imageGradient' | 'referenceGradient'>;

/** @param bar largest relative error */
export function expectDistance(golden: Golden, distances: Numbers, bar: number): number {
  const errors = golden.distance.map((expected, i) => Math.abs(at(distances, i) / expected - 1));
  expect(Math.max(...errors)).toBeLessThan(bar);
  return Math.max(...errors);
}

/** @param bar largest relative error, L2 */
export function expectLayers(golden: Golden, layers: Numbers, bar: number): number {
  const batch = golden.distance.length;
  const expected = Array.from({ length: batch }, (_, i) =>
    golden.perLayer.map((tap) => (Array.isArray(tap) ? at(tap, i) : tap)),
  );
  const error = relativeError(layers, expected.flat());
  expect(error).toBeLessThan(bar);
  return error;
}

/** @param bar largest relative error, of the mean and L2 */
export function expectMap(golden: Golden, map: Numbers, bar: number, locate: Locate): number {
  const mean = Array.from(map).reduce((sum, value) => sum + value, 0) / map.length;
  const meanError = Math.abs(mean / golden.map.mean - 1);
  expect(meanError).toBeLessThan(bar);
  if (!golden.files) return meanError;
  const error = relativeError(map, readNpy(locate(`goldens/${golden.files.map}`)));
  expect(error).toBeLessThan(bar);
  return error;
}

/**
 * A larger error is right in one case alone: where rounding decides on which side of a relu a unit falls, or which of equal
 * pixels a pooling takes. Then the gradient jumps by as much where the images move by rounding alone, which is measured.
 *
 * @param nearby the gradients at images that `movedByRounding` has moved
 * @param bar largest relative error, of the norms and L2
 */
export async function expectGradients(
  golden: Golden,
  gradients: Gradients,
  {
    locate,
    nearby,
    bar = GRADIENT,
  }: { locate: Locate; nearby: () => Promise<Gradients>; bar?: number | undefined },
): Promise<number> {
  const { imageGradient, referenceGradient } = gradients;
  expect([...imageGradient, ...referenceGradient].every(Number.isFinite)).toBe(true);
  const ofNorm = (values: Numbers, { l2 }: { l2: number }) => Math.abs(norm(values) / l2 - 1);
  const { grad0, grad1, files } = golden;
  const whole = files ? relativeError(imageGradient, readNpy(locate(`goldens/${files.grad0}`))) : 0;
  const errors = {
    imageGradient: Math.max(ofNorm(imageGradient, grad0), whole),
    referenceGradient: grad1 ? ofNorm(referenceGradient, grad1) : 0,
  };
  const largest = Math.max(errors.imageGradient, errors.referenceGradient);
  if (largest < bar) return largest;
  const moved = await nearby();
  for (const side of ['imageGradient', 'referenceGradient'] as const) {
    const jump = relativeError(moved[side], gradients[side]);
    expect(errors[side], `${side}, which jumps by ${jump} within rounding`).toBeLessThan(Math.max(bar, jump));
  }
  return largest;
}
