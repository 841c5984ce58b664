/**
 * @module
 * Convolutions in float64, and numbers to convolve.
 */
import { at } from 'lpips-core';

export type FourSides = [number, number, number, number];

/** How far float32 sums of up to 2304 products are from those in float64. */
export const FLOAT32_SUM = 2e-6;

export function wave(shape: number[], step: number): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * step));
}

/** Not a smooth one, whose products cancel out. */
export function noise(shape: number[], seed: number): Float32Array {
  return wave(shape, 1).map((_, i) => (Math.sin((i + 1) * seed) * 1e4) % 1);
}

/** x * filter in float64, with `padding` zeros on each side. */
export function convolveExactly(
  x: Float32Array,
  [batch, height, width, channelsIn]: FourSides,
  filter: Float32Array,
  [side, , , channelsOut]: FourSides,
  stride: number,
  padding: number,
): number[] {
  const outSide = (size: number) => Math.floor((size + 2 * padding - side) / stride) + 1;
  const y: number[] = [];
  for (let pixel = 0; pixel < batch * outSide(height) * outSide(width); pixel++) {
    const column = pixel % outSide(width);
    const row = Math.floor(pixel / outSide(width)) % outSide(height);
    const image = Math.floor(pixel / outSide(width) / outSide(height));
    const sums = new Float64Array(channelsOut);
    for (let tap = 0; tap < side * side; tap++) {
      const fromRow = row * stride - padding + Math.floor(tap / side);
      const fromColumn = column * stride - padding + (tap % side);
      if (fromRow < 0 || fromColumn < 0 || fromRow >= height || fromColumn >= width) continue;
      const from = ((image * height + fromRow) * width + fromColumn) * channelsIn;
      for (let c = 0; c < channelsIn; c++) {
        const weights = (tap * channelsIn + c) * channelsOut;
        for (let o = 0; o < channelsOut; o++)
          sums[o] = at(sums, o) + at(x, from + c) * at(filter, weights + o);
      }
    }
    y.push(...sums);
  }
  return y;
}
