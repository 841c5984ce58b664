/**
 * @module
 * Square patches of photographs, at any place and scale.
 */
import { choose, type Random, wholeBetween } from './random.js';
import { type Raster, roundToBytes } from './raster.js';
import { resize } from './resize.js';

/** Height and width of a patch, in pixels. */
export const SIDE = 64;

/** A decoded photograph, 8 bits a channel, rows of interleaved RGB. */
export interface Photograph {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A square crop at a random scale, mirrored half of the time, in `SIDE` x `SIDE` pixels of 8 bits. */
export function randomCrop(photographs: readonly Photograph[], random: Random): Raster {
  return drawCrop(photographs, random)();
}

/** Draws where a crop lies; what it returns cuts it out, which few of the crops that are drawn are needed for. */
export function drawCrop(photographs: readonly Photograph[], random: Random): () => Raster {
  const photograph = choose(random, photographs);
  const largest = Math.min(photograph.width, photograph.height);
  const side = Math.round(SIDE * (largest / SIDE) ** random.uniform());
  const left = wholeBetween(random, 0, photograph.width - side);
  const top = wholeBetween(random, 0, photograph.height - side);
  const isMirrored = random.uniform() < 0.5;
  return () => {
    const data = new Float32Array(side * side * 3);
    for (let y = 0, to = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const column = left + (isMirrored ? side - 1 - x : x);
        const from = 3 * ((top + y) * photograph.width + column);
        for (let c = 0; c < 3; c++) data[to++] = (photograph.data[from + c] ?? 0) / 255;
      }
    }
    return roundToBytes(resize({ width: side, height: side, data }, SIDE, SIDE, 'linear'));
  };
}
