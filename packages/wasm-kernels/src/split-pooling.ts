/**
 * @module
 * A pooling of volumes as two poolings of images: over height and width, then over depth. The maximum over a box is the
 * maximum over depth of the maxima over planes, and so is the mean, since the number of pixels in a box is a product.
 */
import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { perAxis } from './sound-padding.js';

/** The attributes of both poolings. The one over depth sees a plane as one row of pixels. */
export function splitPooling(attrs: NamedAttrMap): { inPlane: NamedAttrMap; inDepth: NamedAttrMap } {
  const size = perAxis(attrs['filterSize'], 3);
  const strides = perAxis(attrs['strides'], 3);
  const { pad = 'valid', dimRoundingMode } = attrs;
  const rounding = dimRoundingMode === undefined ? {} : { dimRoundingMode };
  const inPlane = { filterSize: size.slice(1), strides: strides.slice(1), pad, ...rounding };
  const inDepth = {
    filterSize: [Number(size[0]), 1],
    strides: [Number(strides[0]), 1],
    pad:
      typeof pad === 'number'
        ? [
            [0, 0],
            [pad, pad],
            [0, 0],
            [0, 0],
          ]
        : pad,
    ...rounding,
  };
  return { inPlane, inDepth };
}
