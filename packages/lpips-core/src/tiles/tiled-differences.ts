/**
 * @module
 * The weighted squared differences of two pictures, tile by tile, and their gradients. They have one channel and are all that
 * is kept of a tile: 1.3 values for each pixel with VGG16, which has 300 activations for each. Means and maps are taken of the
 * whole of them, as without tiles.
 *
 * Every tap position belongs to one tile, so the gradient of a picture is the sum over the tiles of the gradients of what each
 * owns, which reach into its halo: overlap-add. A tile needs nothing of the others, and its activations go when it is done.
 */
import { addN, concat, type Tensor, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { at } from '../item-at.js';
import type { OnTile } from '../lpips-options.js';
import { onlyOnce } from '../operations/differentiable.js';
import { withLazyGradients } from '../operations/lazy-gradients.js';
import { guardGradient } from '../operations/propagate-nan.js';
import { isTapeOn, offOuterTape } from '../operations/tape.js';
import { type Compare, computeTile, type Pieces, type Upstream } from './compute-tile.js';
import { OverlapAdd } from './overlap-add.js';
import {
  cropPictures,
  cut,
  type Pictures,
  type Side,
  savedPictures,
  sideOf,
  tensorsOfPictures,
  tensorsToSave,
} from './pictures.js';
import type { Tile, TileGrid, TileSpan } from './tile-geometry.js';

/** What is computed, of which tiles, and who is told. */
export interface TiledWork {
  readonly pictures: Pictures;
  readonly grid: TileGrid;
  readonly compare: Compare;
  readonly onTile: OnTile | undefined;
}

/** What the tiles give together. A type rather than an interface, so that `tidy` takes it. */
export type WholeDifferences = {
  /** float32 `[batch, h, w, 1]` for each tap. */
  taps: Tensor4D[];
  /** `[batch]`: 0, or NaN for a pair with a pixel that is not finite. */
  marks: Tensor1D;
  /** The gradient of Σ upstream · differences for each side that was asked for. */
  gradients: Tensor4D[];
};

/**
 * The differences of whole pictures, differentiable with respect to both. A gradient computes the tiles once more.
 *
 * @returns tensors that the caller disposes
 */
export function tiledDifferences(work: TiledWork): Pick<WholeDifferences, 'taps' | 'marks'> {
  const [marks, ...taps] = withLazyGradients<Tensor>(
    tensorsOfPictures(work.pictures),
    () => {
      const { taps, marks } = offOuterTape(() => overTiles(work, [], () => undefined));
      return { values: [marks, ...taps], saved: tensorsToSave(work.pictures) };
    },
    (name, [, ...dys], saved) => {
      const side = sideOf(name);
      const pictures = savedPictures(work.pictures, saved);
      return gradientOfTiles({ ...work, pictures }, side, (tap) => at(dys, tap) as Tensor4D | null);
    },
  );
  return { taps: taps as Tensor4D[], marks: marks as Tensor1D };
}

/** The gradient of Σ upstream · differences with respect to one side, in a pass over the tiles. */
export function gradientOfTiles(work: TiledWork, side: Side, upstream: Upstream): Tensor4D {
  const gradient = offOuterTape(() => {
    const { taps, marks, gradients } = overTiles(work, [side], upstream);
    for (const unused of [...taps, marks]) unused.dispose();
    return at(gradients, 0);
  });
  const inputs = Object.values(tensorsOfPictures(work.pictures));
  return (isTapeOn() ? onlyOnce(gradient, inputs) : gradient) as Tensor4D;
}

/**
 * Walks all tiles of all images of a batch. No tape may be on.
 *
 * @param sides those whose gradients are computed; tensors, no features
 * @returns tensors that the caller disposes
 */
export function overTiles(work: TiledWork, sides: readonly Side[], upstream: Upstream): WholeDifferences {
  const { pictures, grid, onTile } = work;
  const [batch] = pictures.image.shape;
  const total = batch * grid.rows.length * grid.columns.length;
  let done = 0;
  return tidy(() => {
    const images = Array.from({ length: batch }, (_, index) =>
      tidy(() => ofImage(work, index, sides, upstream, () => onTile?.(++done, total))),
    );
    const join = (parts: Tensor4D[]): Tensor4D => (parts.length === 1 ? at(parts, 0) : concat(parts, 0));
    const marks = concat(images.map(({ marks }) => marks));
    return {
      taps: grid.taps.map((_, tap) => join(images.map(({ taps }) => at(taps, tap)))),
      marks,
      gradients: sides.map((side, index) => {
        const parts = images.map(({ gradients }) => at(gradients, index));
        const isShared = batch > 1 && pictures[side].shape[0] === 1;
        return guardGradient(isShared ? addN(parts) : join(parts), [marks]);
      }),
    };
  });
}

/** One image of the batch against its reference: the tiles of a row are put together first, then the rows. */
function ofImage(
  { pictures, grid, compare }: TiledWork,
  index: number,
  sides: readonly Side[],
  upstream: Upstream,
  onDone: () => void,
): WholeDifferences {
  const [, height, width] = pictures.image.shape;
  const down = assembly(grid, sides, 1);
  const marks = grid.rows.map((rows) => {
    const strip = tidy(() => {
      const across = assembly(grid, sides, 2);
      const marks = grid.columns.map((columns) => {
        const ownedUpstream = (tap: number) => {
          const dy = upstream(tap);
          return dy && cut(dy, index, at(rows.taps, tap).owned, at(columns.taps, tap).owned);
        };
        const tile: Tile = { rows, columns };
        const computed = tidy(() =>
          computeTile(compare, cropPictures(pictures, tile, index), tile, sides, ownedUpstream),
        );
        addPieces(across, computed, columns);
        onDone();
        return computed.marks;
      });
      return {
        taps: across.taps.map((tap, index) => tap.finish(at(grid.taps, index).width)),
        gradients: across.gradients.map((gradient) => gradient.finish(width)),
        marks: addN(marks),
      };
    });
    addPieces(down, strip, rows);
    return strip.marks;
  });
  return {
    taps: down.taps.map((tap, index) => present(tap.finish(at(grid.taps, index).height))),
    marks: addN(marks),
    gradients: down.gradients.map((gradient) => present(gradient.finish(height))),
  };
}

interface Assembly {
  readonly taps: readonly OverlapAdd[];
  readonly gradients: readonly OverlapAdd[];
}

function assembly(grid: TileGrid, sides: readonly Side[], axis: 1 | 2): Assembly {
  return {
    taps: grid.taps.map(() => new OverlapAdd(axis)),
    gradients: sides.map(() => new OverlapAdd(axis)),
  };
}

function addPieces({ taps, gradients }: Assembly, pieces: Pieces, span: TileSpan): void {
  for (const [tap, owned] of pieces.taps.entries()) {
    if (owned) at(taps, tap).add(at(span.taps, tap).owned.start, owned);
  }
  for (const [side, gradient] of pieces.gradients.entries()) {
    if (gradient) at(gradients, side).add(span.crop.start, gradient);
  }
}

function present(tensor: Tensor4D | undefined): Tensor4D {
  if (tensor === undefined) throw new Error('tiles: nothing was computed');
  return tensor;
}
