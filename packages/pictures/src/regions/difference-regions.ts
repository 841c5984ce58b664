/**
 * @module
 * The places where two pictures differ. A pixel belongs to a place where its levels differ by more than one and the mean
 * of the distance map over the 16x16 pixels around it is above a threshold. So the map says what counts, and the pixels say where: the map
 * alone is blurred by the reach of the network. Pixels that are close together are one region.
 */
import { checkNumber, type ImageSize, invalid } from 'lpips-core';
import { checkFloats, checkPixels } from '../check-arguments.js';
import type { RgbPixels } from '../image-pixels.js';
import { outside } from '../outside.js';
import { squareMeans } from '../square-means.js';
import type { Box } from './box.js';
import { dilate, growParts, labelParts } from './connected.js';
import { kindOf, type RegionKind } from './region-kind.js';
import type { Shift } from './shift-search.js';

/** Side of the square of the local distance, in pixels: the size of a common icon. */
export const REGION_WINDOW = 16;

/** Levels of 255 by which a pixel may differ and count as the same: what another decoder or another order of rounding does. */
const ROUNDING = 1;

/** Pixels that are at most this far apart, across and down, belong to one region. */
const GAP = 16;

/** A place where two pictures differ. */
export interface DifferenceRegion {
  /** The smallest rectangle around the pixels that differ. */
  readonly box: Box;
  /**
   * The largest mean of the map over 16x16 pixels that are connected with the region by others above the threshold, and
   * nearer to it than to any other. It may lie beside the box: a network sees most of a difference where all else is flat.
   */
  readonly localDistance: number;
  /** How the picture differs there; the definitions are those of `RegionKind`. */
  readonly kind: RegionKind;
  /** How far the content moved, where `kind` is `moved`, in pixels to the right and down. */
  readonly shift?: Shift;
}

/**
 * Finds the regions in which a picture differs from its reference.
 *
 * @param image 8-bit pixels of the picture
 * @param reference of the same size
 * @param map distance of each pixel, row by row, of the same size
 * @param above the local distance above which a pixel counts, 0 or more
 * @returns the largest local distance first; none where no pixel differs or none counts
 * @throws LpipsError where the sizes differ, and for arguments of another kind
 */
export function differenceRegions(
  image: RgbPixels,
  reference: RgbPixels,
  map: Float32Array,
  above: number,
): readonly DifferenceRegion[] {
  const where = 'differenceRegions';
  checkPixels(where, 'image', image);
  checkPixels(where, 'reference', reference);
  checkFloats(where, 'map', map);
  checkNumber(where, 'above', above);
  const { width, height } = reference;
  if (image.width !== width || image.height !== height || map.length !== width * height) {
    const got = `${image.width} x ${image.height} and ${map.length} values of a map`;
    throw invalid('differenceRegions', `${width} x ${height} pixels and as many values`, 'image', got);
  }
  const marks = differingPixels(image, reference);
  if (!marks.includes(1)) return [];
  const local = localDistances(map, reference);
  const counts = Uint8Array.from(local, (value) => (value > above ? 1 : 0));
  for (let i = 0; i < marks.length; i++) if (!counts[i]) marks[i] = 0;
  const { labels, count } = labelParts(dilate(marks, reference, GAP / 2), reference);
  growParts(labels, counts, reference);
  return measureParts(marks, labels, count, local, reference)
    .map(({ box, localDistance }) => {
      return { box, localDistance, ...kindOf(image, reference, box) };
    })
    .sort((one, other) => other.localDistance - one.localDistance);
}

/** 1 for each pixel of which a level differs by more than rounding. */
function differingPixels({ data: x }: RgbPixels, { data: y }: RgbPixels): Uint8Array {
  const marks = new Uint8Array(x.length / 3);
  for (let i = 0; i < x.length; i++) {
    if (Math.abs((x[i] ?? outside()) - (y[i] ?? outside())) > ROUNDING) marks[Math.floor(i / 3)] = 1;
  }
  return marks;
}

/** The mean of the map over the square around each pixel. At the edges the square is moved to lie inside. */
function localDistances(map: Float32Array, { width, height }: ImageSize): Float32Array {
  const side = Math.min(REGION_WINDOW, width, height);
  const means = squareMeans(map, { width, height }, side);
  const [wide, high] = [width - side + 1, height - side + 1];
  const local = new Float32Array(map.length);
  for (let y = 0; y < height; y++) {
    const top = Math.min(Math.max(0, y - side / 2), high - 1) | 0;
    for (let x = 0; x < width; x++) {
      const left = Math.min(Math.max(0, x - side / 2), wide - 1) | 0;
      local[y * width + x] = means[top * wide + left] ?? outside();
    }
  }
  return local;
}

/** The box of each part, around its marked pixels, and its largest local distance. */
function measureParts(
  marks: Uint8Array,
  labels: Int32Array,
  count: number,
  local: Float32Array,
  { width, height }: ImageSize,
): readonly Pick<DifferenceRegion, 'box' | 'localDistance'>[] {
  const parts = Array.from({ length: count }, () => {
    return { left: width, top: height, right: -1, bottom: -1, localDistance: 0 };
  });
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? outside();
    if (label === 0) continue;
    const part = parts[label - 1] ?? outside();
    part.localDistance = Math.max(part.localDistance, local[i] ?? outside());
    if (!marks[i]) continue;
    const x = i % width;
    const y = (i - x) / width;
    part.left = Math.min(part.left, x);
    part.right = Math.max(part.right, x);
    part.top = Math.min(part.top, y);
    part.bottom = Math.max(part.bottom, y);
  }
  return parts.map(({ left, top, right, bottom, localDistance }) => {
    return { box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }, localDistance };
  });
}
