/**
 * @module
 * A rectangle of a picture.
 */
import type { ImageSize } from 'lpips-core';

/** A rectangle, in pixels; `x` and `y` of its upper left pixel. */
export interface Box extends ImageSize {
  readonly x: number;
  readonly y: number;
}
