/**
 * @module
 * How far results may be from the goldens. Each function expects that they are no further, and returns the error.
 */
import { at } from 'lpips-core';
import { expect } from 'vitest';
import { norm, relativeError } from '../../../../test/support/relative-error.js';
import { type Golden, readNpy } from './goldens.js';

type Locate = (relative: string) => string;
type Numbers = ArrayLike<number>;

/** Bar for gradients: relative L2 error. A single unit on the other side of its relu makes more than 1e-3. */
const GRADIENT = 1e-4;
/**
 * Bar for the norm of the gradient where one image is flat (all black, or odd/y.png). Its windows are full of near-ties
 * that rounding decides, so that even float32 and float64 of PyTorch differ by up to 38 % in single pixels.
 */
const FLAT_GRADIENT_NORM = 0.1;

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
 * @param dx gradient to the image
 * @param dy gradient to the reference
 * @param bar largest relative error, of the norms and L2
 */
export function expectGradients(
  golden: Golden,
  dx: Numbers,
  dy: Numbers,
  locate: Locate,
  bar = GRADIENT,
): number {
  expect([...Array.from(dx), ...Array.from(dy)].every(Number.isFinite)).toBe(true);
  const normError = Math.abs(norm(dx) / golden.grad0.l2 - 1);
  expect(normError).toBeLessThan(normBar(golden.inputs.x, bar));
  if (golden.grad1) {
    expect(Math.abs(norm(dy) / golden.grad1.l2 - 1)).toBeLessThan(normBar(golden.inputs.y, bar));
  }
  if (!golden.files) return normError;
  const error = relativeError(dx, readNpy(locate(`goldens/${golden.files.grad0}`)));
  expect(error).toBeLessThan(bar);
  return error;
}

function normBar(names: string[], bar: number): number {
  const isFlat = names.some((name) => name.startsWith('black') || name.endsWith('odd/y.png'));
  return isFlat ? FLAT_GRADIENT_NORM : bar;
}
