/**
 * @module
 * Pictures of few colours by k-means, without dithering. The first colours are evenly spread over the pixels in the
 * order of their luma.
 */
import { outside } from '../outside.js';
import { luma, type Raster } from '../raster.js';

const ROUNDS = 8;

/** Gives the picture at most `count` colours, each the mean of the pixels that it replaces. */
export function reduceColours(image: Raster, count: number): Raster {
  const pixels = image.width * image.height;
  const colours = firstColours(image, Math.min(pixels, Math.max(1, Math.round(count))));
  const nearest = new Uint32Array(pixels);
  for (let round = 0; round < ROUNDS; round++) {
    assign(image, colours, nearest);
    moveToMeans(image, colours, nearest);
  }
  assign(image, colours, nearest);
  const data = new Float32Array(3 * pixels);
  nearest.forEach((k, at) => {
    for (let c = 0; c < 3; c++) data[3 * at + c] = colours[3 * k + c] ?? outside();
  });
  return { ...image, data };
}

/** `[count, 3]` */
function firstColours(image: Raster, count: number): Float64Array {
  const grey = luma(image);
  const order = Int32Array.from(grey, (_, at) => at).sort(
    (a, b) => (grey[a] ?? outside()) - (grey[b] ?? outside()) || a - b,
  );
  const colours = new Float64Array(3 * count);
  for (let k = 0; k < count; k++) {
    const at = order[Math.floor(((k + 0.5) * order.length) / count)] ?? outside();
    colours.set(image.data.subarray(3 * at, 3 * at + 3), 3 * k);
  }
  return colours;
}

/** Sets the index of the nearest colour for each pixel. */
function assign({ data }: Raster, colours: Float64Array, nearest: Uint32Array): void {
  for (let at = 0; at < nearest.length; at++) {
    const red = data[3 * at] ?? outside();
    const green = data[3 * at + 1] ?? outside();
    const blue = data[3 * at + 2] ?? outside();
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; 3 * k < colours.length; k++) {
      const r = colours[3 * k] ?? outside();
      const g = colours[3 * k + 1] ?? outside();
      const b = colours[3 * k + 2] ?? outside();
      const away = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
      if (away >= least) continue;
      least = away;
      nearest[at] = k;
    }
  }
}

/** Moves each colour to the mean of its pixels; a colour without pixels stays where it is. */
function moveToMeans({ data }: Raster, colours: Float64Array, nearest: Uint32Array): void {
  const sums = new Float64Array(colours.length);
  const counts = new Float64Array(colours.length / 3);
  nearest.forEach((k, at) => {
    counts[k] = (counts[k] ?? outside()) + 1;
    for (let c = 0; c < 3; c++) {
      sums[3 * k + c] = (sums[3 * k + c] ?? outside()) + (data[3 * at + c] ?? outside());
    }
  });
  counts.forEach((count, k) => {
    if (count === 0) return;
    for (let c = 0; c < 3; c++) colours[3 * k + c] = (sums[3 * k + c] ?? outside()) / count;
  });
}
