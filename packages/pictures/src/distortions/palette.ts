/**
 * @module
 * Pictures of few colours: k-means, begun from colours evenly spread over the order of their luma, without dithering.
 */
import { luma, type Raster } from '../raster.js';

const ROUNDS = 8;

/** The picture in `count` colours of its own, at most; they are means of what they stand for. */
export function reduceColours(image: Raster, count: number): Raster {
  const pixels = image.width * image.height;
  const colours = firstColours(image, Math.min(pixels, Math.max(1, Math.round(count))));
  const nearest = new Uint32Array(pixels);
  for (let round = 0; round < ROUNDS; round++) {
    assign(image, colours, nearest);
    moveToMeans(image, colours, nearest);
  }
  assign(image, colours, nearest);
  const data = image.data.map((_, i) => colours[3 * (nearest[Math.floor(i / 3)] ?? 0) + (i % 3)] ?? 0);
  return { ...image, data };
}

/** `[count, 3]` */
function firstColours(image: Raster, count: number): Float64Array {
  const grey = luma(image);
  const order = Array.from(grey, (_, at) => at).sort((a, b) => (grey[a] ?? 0) - (grey[b] ?? 0) || a - b);
  const colours = new Float64Array(3 * count);
  for (let k = 0; k < count; k++) {
    const at = order[Math.floor(((k + 0.5) * order.length) / count)] ?? 0;
    colours.set(image.data.subarray(3 * at, 3 * at + 3), 3 * k);
  }
  return colours;
}

function assign({ data }: Raster, colours: Float64Array, nearest: Uint32Array): void {
  for (let at = 0; at < nearest.length; at++) {
    const [red, green, blue] = [data[3 * at] ?? 0, data[3 * at + 1] ?? 0, data[3 * at + 2] ?? 0];
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; 3 * k < colours.length; k++) {
      const [r, g, b] = [colours[3 * k] ?? 0, colours[3 * k + 1] ?? 0, colours[3 * k + 2] ?? 0];
      const away = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
      if (away >= least) continue;
      least = away;
      nearest[at] = k;
    }
  }
}

/** A colour that stands for nothing stays where it is. */
function moveToMeans({ data }: Raster, colours: Float64Array, nearest: Uint32Array): void {
  const sums = new Float64Array(colours.length);
  const counts = new Uint32Array(colours.length / 3);
  for (const [at, k] of nearest.entries()) {
    counts[k] = (counts[k] ?? 0) + 1;
    for (let c = 0; c < 3; c++) sums[3 * k + c] = (sums[3 * k + c] ?? 0) + (data[3 * at + c] ?? 0);
  }
  for (const [k, count] of counts.entries()) {
    if (count === 0) continue;
    for (let c = 0; c < 3; c++) colours[3 * k + c] = (sums[3 * k + c] ?? 0) / count;
  }
}
