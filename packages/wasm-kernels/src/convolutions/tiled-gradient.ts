/**
 * @module
 * The gradient of a 3x3 convolution to its filter by minimal filtering (`assembly/threads/tiled-gradient.ts`), with a
 * quarter of the multiplications.
 */
import { JOB_KIND } from '../pool/job-kind.js';
import type { Pool } from '../pool/pool.js';
import { copyFramed, type Frame, type Geometry } from './geometry.js';
import { canFilter, HALF_BYTES, placesOf } from './packed-filter.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Pixels of a tile of dy, along an axis; a tile of x has two more. */
const TILE = 4;
/** Numbers of a transformed tile, for each channel. */
const PLACES = placesOf(TILE, 3);
/** Transformed tiles that are in the memory at once: together they fit the second caches of two cores. */
const BYTES_OF_TILES = 2 ** 20;
/** Tiles that one task transforms, as in the module. */
const GROUP = 8;
/** Keeps the places off the same lines of the cache. */
const GAP = 64;
/** Of a thread, so that no two share a line of the cache. */
const BYTES_OF_SCRATCH = HALF_BYTES + 64;

/**
 * Whether the gradient can be computed so, and is faster: whole tiles have fewer products than the pixels have, and
 * enough channels pay for the transforms.
 */
export function isTiled(g: Geometry): boolean {
  if (!canFilter(g, 3)) return false;
  const tiles = Math.ceil(g.outHeight / TILE) * Math.ceil(g.outWidth / TILE);
  return 2 * PLACES * tiles < 9 * g.outHeight * g.outWidth;
}

/** `filterGradient` of images that fit the memory at once. */
export function tiledGradient(
  pool: Pool,
  g: Geometry,
  x: Float32Array,
  dy: Float32Array,
  write: (dw: Float32Array) => void,
): boolean {
  const [down, across] = [Math.ceil(g.outHeight / TILE), Math.ceil(g.outWidth / TILE)];
  const tiles = g.batch * down * across;
  const most = Math.min(
    tiles,
    Math.max(GROUP, Math.floor(BYTES_OF_TILES / (PLACES * FLOAT * (g.in + g.out)))),
  );
  const ofX: Frame = { height: TILE * down + 2, width: TILE * across + 2, top: g.top, left: g.left };
  const ofDy: Frame = { height: TILE * down, width: TILE * across, top: 0, left: 0 };
  const panelOfV = most * 4 * FLOAT;
  const placeOfV = (g.in / 4) * panelOfV + GAP;
  const panelOfW = most * 8 * FLOAT;
  const placeOfW = Math.ceil(g.out / 8) * panelOfW + GAP;
  const sizeOfX = g.batch * ofX.height * ofX.width * g.in;
  const sizeOfDy = g.batch * ofDy.height * ofDy.width * g.out;
  const sizeOfDw = 9 * g.in * g.out;
  const sizes = [
    sizeOfX * FLOAT,
    sizeOfDy * FLOAT,
    PLACES * placeOfV,
    PLACES * placeOfW,
    PLACES * g.in * g.out * FLOAT,
    sizeOfDw * FLOAT,
    pool.threads * BYTES_OF_SCRATCH,
  ];
  return pool.memory.borrow(
    sizes,
    (xAddress = 0, dyAddress = 0, v = 0, w = 0, m = 0, dw = 0, scratch = 0) => {
      copyFramed(x, { ...g, channels: g.in }, ofX, pool.memory.view(xAddress, sizeOfX));
      const images = { batch: g.batch, height: g.outHeight, width: g.outWidth, channels: g.out };
      copyFramed(dy, images, ofDy, pool.memory.view(dyAddress, sizeOfDy));
      const [lineOfX, lineOfDy] = [ofX.width * g.in * FLOAT, ofDy.width * g.out * FLOAT];
      const given = [
        [xAddress, dyAddress, v, w, m, dw, scratch, BYTES_OF_SCRATCH, g.in, g.out, down, across],
        [ofX.height * lineOfX, lineOfX, ofDy.height * lineOfDy, lineOfDy],
        [placeOfV, panelOfV, placeOfW, panelOfW],
      ].flat();
      for (let first = 0; first < tiles; first += most) {
        const count = Math.min(most, tiles - first);
        const args = [...given, first, count, Number(first > 0)];
        pool.run(JOB_KIND.transformTiles, args, Math.ceil(count / GROUP));
        pool.run(JOB_KIND.multiplyTiles, args, PLACES);
      }
      pool.run(JOB_KIND.finishTiles, [...given, 0, 0, 0], g.in);
      write(pool.memory.view(dw, sizeOfDw));
      return true;
    },
  );
}
