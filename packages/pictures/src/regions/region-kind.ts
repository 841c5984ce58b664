/**
 * @module
 * How a picture differs from its reference inside a rectangle, decided by its pixels alone. The tests are made in the order
 * of the kinds, and the first that holds is the answer.
 */
import type { RgbPixels } from '../image-pixels.js';
import { outside } from '../outside.js';
import type { Box } from './box.js';
import { isRecoloured } from './colour-map.js';
import { findShift, type Shift } from './shift-search.js';

/**
 * - `missing`: the reference shows something, and the picture is flat there: no channel varies by more than 8 levels of 255
 *   in the rectangle and one pixel around it;
 * - `added`: the other way round;
 * - `moved`: the same content lies half a pixel or up to 48 pixels away (see `findShift`);
 * - `colour`: the structure is the same in other colours: both are flat, or each picture follows from the other by one
 *   change of colours (see `isRecoloured`);
 * - `changed`: none of these.
 */
export type RegionKind = 'missing' | 'added' | 'moved' | 'colour' | 'changed';

/** Range of levels of what counts as flat: rounding and dithering, not a structure that one sees. */
const FLAT_LEVELS = 8;

/**
 * @param image 8-bit pixels of the picture
 * @param reference of the same size
 * @param box a rectangle around pixels that differ
 */
export function kindOf(
  image: RgbPixels,
  reference: RgbPixels,
  box: Box,
): { readonly kind: RegionKind; readonly shift?: Shift } {
  const [isFlat, wasFlat] = [isFlatAround(image, box), isFlatAround(reference, box)];
  if (isFlat && !wasFlat) return { kind: 'missing' };
  if (wasFlat && !isFlat) return { kind: 'added' };
  if (isFlat) return { kind: 'colour' };
  const shift = findShift(image, reference, box);
  if (shift) return { kind: 'moved', shift };
  return { kind: isRecoloured(image, reference, box) ? 'colour' : 'changed' };
}

/** Whether a picture is flat in a rectangle and one pixel around it. */
function isFlatAround({ data, width, height }: RgbPixels, box: Box): boolean {
  const least = [255, 255, 255];
  const most = [0, 0, 0];
  const right = Math.min(width, box.x + box.width + 1);
  for (let y = Math.max(0, box.y - 1); y < Math.min(height, box.y + box.height + 1); y++) {
    for (let x = Math.max(0, box.x - 1); x < right; x++) {
      for (let c = 0; c < 3; c++) {
        const level = data[(y * width + x) * 3 + c] ?? outside();
        least[c] = Math.min(least[c] ?? outside(), level);
        most[c] = Math.max(most[c] ?? outside(), level);
        if ((most[c] ?? outside()) - (least[c] ?? outside()) > FLAT_LEVELS) return false;
      }
    }
  }
  return true;
}
