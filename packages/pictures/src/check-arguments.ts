/**
 * @module
 * What the functions of this package refuse: pictures whose samples do not fit their size, and sources of random numbers that
 * are none.
 */
import { invalid, kindOf } from 'lpips-core';

/** @throws LpipsError unless the value is a raster whose samples fit its size */
export function checkRaster(where: string, argument: string, value: unknown): void {
  checkPicture(where, argument, value, Float32Array);
}

/** @throws LpipsError unless the value is a picture of bytes that fit its size */
export function checkPixels(where: string, argument: string, value: unknown): void {
  checkPicture(where, argument, value, Uint8Array);
}

/** @throws LpipsError unless width and height are whole and at least 1, and there are `perPixel` values for each pixel */
export function checkSize(
  where: string,
  argument: string,
  { length }: ArrayLike<number>,
  { width, height, perPixel }: { readonly width: number; readonly height: number; readonly perPixel: number },
): void {
  checkSide(where, 'width', width);
  checkSide(where, 'height', height);
  if (length === width * height * perPixel) return;
  const requirement = `${width * height * perPixel} values, ${perPixel} for each of ${width} x ${height} pixels,`;
  throw invalid(where, requirement, argument, `${length}`);
}

/** @throws LpipsError unless the value is a whole number of at least 1 */
export function checkSide(where: string, argument: string, value: unknown): void {
  if (Number.isSafeInteger(value) && Number(value) >= 1) return;
  throw invalid(where, 'a whole number of at least 1', argument, kindOf(value));
}

/** @throws LpipsError unless the value has the method `uniform` of a source of random numbers */
export function checkRandom(where: string, value: unknown): void {
  if (
    typeof value === 'object' &&
    value !== null &&
    'uniform' in value &&
    typeof value.uniform === 'function'
  )
    return;
  throw invalid(where, 'a source of random numbers', 'random', kindOf(value), 'Make one with seededRandom.');
}

/** @throws LpipsError unless the value is a function */
export function checkFunction(where: string, argument: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(where, 'a function', argument, kindOf(value));
}

/** @throws LpipsError unless the value is an array */
export function checkArray(where: string, argument: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalid(where, 'an array', argument, kindOf(value));
}

/** @throws LpipsError unless the value is a Float32Array */
export function checkFloats(where: string, argument: string, value: unknown): void {
  if (!(value instanceof Float32Array)) throw invalid(where, 'a Float32Array', argument, kindOf(value));
}

function checkPicture(
  where: string,
  argument: string,
  value: unknown,
  Samples: Float32ArrayConstructor | Uint8ArrayConstructor,
): void {
  if (typeof value !== 'object' || value === null || !('data' in value) || !(value.data instanceof Samples)) {
    const requirement = `a picture { width, height, data } whose data are a ${Samples.name}`;
    throw invalid(where, requirement, argument, kindOf(value));
  }
  const { width, height, data } = value as { width: number; height: number; data: Float32Array | Uint8Array };
  checkSize(where, argument, data, { width, height, perPixel: 3 });
}
