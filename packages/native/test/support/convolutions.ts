/**
 * @module
 * Convolutions in float64, and numbers to convolve.
 */

export type FourSides = [number, number, number, number];

/** How far float32 sums of up to 2304 products are from those in float64. */
export const FLOAT32_SUM = 2e-6;

export function wave(shape: number[], step: number): Float32Array {
  return draw(shape, (i) => Math.sin(i * step));
}

/** Not a smooth one, whose products cancel out. */
export function noise(shape: number[], seed: number): Float32Array {
  return draw(shape, (i) => (Math.sin((i + 1) * seed) * 1e4) % 1);
}

/** A plain loop: Float32Array.from takes seven times as long. */
function draw(shape: number[], valueAt: (index: number) => number): Float32Array {
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  for (let i = 0; i < values.length; i++) values[i] = valueAt(i);
  return values;
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
  const [outHeight, outWidth] = [outSide(height), outSide(width)];
  const y = new Float64Array(batch * outHeight * outWidth * channelsOut);
  for (let pixel = 0; pixel < batch * outHeight * outWidth; pixel++) {
    const column = pixel % outWidth;
    const row = Math.floor(pixel / outWidth) % outHeight;
    const image = Math.floor(pixel / outWidth / outHeight);
    const sums = y.subarray(pixel * channelsOut, (pixel + 1) * channelsOut);
    for (let tap = 0; tap < side * side; tap++) {
      const fromRow = row * stride - padding + Math.floor(tap / side);
      const fromColumn = column * stride - padding + (tap % side);
      if (fromRow < 0 || fromColumn < 0 || fromRow >= height || fromColumn >= width) continue;
      const from = ((image * height + fromRow) * width + fromColumn) * channelsIn;
      for (let c = 0; c < channelsIn; c++) {
        const weights = (tap * channelsIn + c) * channelsOut;
        addScaled(sums, x[from + c] ?? Number.NaN, filter.subarray(weights, weights + channelsOut));
      }
    }
  }
  return [...y];
}

/** sums += factor * values, element by element. */
function addScaled(sums: Float64Array, factor: number, values: Float32Array): void {
  for (let o = 0; o < sums.length; o++) sums[o] = (sums[o] ?? 0) + factor * (values[o] ?? Number.NaN);
}
