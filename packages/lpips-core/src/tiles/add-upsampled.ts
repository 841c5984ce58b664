/**
 * @module
 * Bilinear upsampling with half-pixel centres, edges repeated, of a map that is too large for a tensor: as `upsampleBilinear`,
 * row by row into memory of the caller.
 */

interface Size {
  readonly height: number;
  readonly width: number;
}

/** For each position of the larger axis: the two positions of the smaller one around it, and the share of the second. */
interface Neighbours {
  readonly below: Uint32Array;
  readonly above: Uint32Array;
  readonly share: Float64Array;
}

/** Adds the map, upsampled to the size of `sum`, to `sum`. Both are row by row. */
export function addUpsampled(
  sum: Float32Array,
  { height, width }: Size,
  map: Float32Array,
  size: Size,
): void {
  const rows = neighbours(height, size.height);
  const columns = neighbours(width, size.width);
  const line = new Float64Array(size.width);
  for (let y = 0; y < height; y++) {
    const [first, second] = [(rows.below[y] ?? 0) * size.width, (rows.above[y] ?? 0) * size.width];
    const share = rows.share[y] ?? 0;
    for (let x = 0; x < size.width; x++) {
      const upper = map[first + x] ?? 0;
      line[x] = upper + ((map[second + x] ?? 0) - upper) * share;
    }
    const start = y * width;
    for (let x = 0; x < width; x++) {
      const left = line[columns.below[x] ?? 0] ?? 0;
      const right = line[columns.above[x] ?? 0] ?? 0;
      sum[start + x] = (sum[start + x] ?? 0) + left + (right - left) * (columns.share[x] ?? 0);
    }
  }
}

/** The centre of position i lies at (i + ½) · from / to − ½. */
function neighbours(to: number, from: number): Neighbours {
  const found = { below: new Uint32Array(to), above: new Uint32Array(to), share: new Float64Array(to) };
  for (let i = 0; i < to; i++) {
    const centre = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const below = Math.min(Math.floor(centre), from - 1);
    found.below[i] = below;
    found.above[i] = Math.min(below + 1, from - 1);
    found.share[i] = centre - below;
  }
  return found;
}
