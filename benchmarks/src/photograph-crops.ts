/**
 * @module
 * Square crops of the examples' photographs, for benchmarks.
 */
import { photographOf } from 'example-harness/photographs';
import { at } from 'lpips-core';
import sharp from 'sharp';

const PHOTOGRAPHS = ['alps', 'allium', 'canyon', 'boats'].map(photographOf);
/** Least width and height among them. */
const [WIDTH, HEIGHT] = [807, 484];

/** PNG files of `count` different crops of side x side pixels, spread over the photographs. */
export async function photographCrops(count: number, side: number): Promise<Buffer[]> {
  const perPhotograph = Math.ceil(count / PHOTOGRAPHS.length);
  const step = (length: number) => Math.floor((length - side) / Math.max(1, perPhotograph - 1));
  const crops = Array.from({ length: count }, (_, index) => {
    const place = Math.floor(index / PHOTOGRAPHS.length);
    const corner = { left: place * step(WIDTH), top: place * step(HEIGHT) };
    return sharp(at(PHOTOGRAPHS, index % PHOTOGRAPHS.length).file)
      .extract({ ...corner, width: side, height: side })
      .png()
      .toBuffer();
  });
  return Promise.all(crops);
}
