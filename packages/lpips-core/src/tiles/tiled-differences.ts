/**
 * @module
 * The weighted squared differences of two pictures, tile by tile, and their gradients. They have one channel and are all that
 * is kept of a tile: 1.3 values for each pixel with VGG16, which has 300 activations for each. Means and maps are taken of the
 * whole of them, as without tiles.
 *
 * Every tap position belongs to one tile, so the gradient of a picture is the sum over the tiles of the gradients of what each
 * owns, which reach into its halo: overlap-add. A tile needs nothing of the others, and its activations go when it is done.
 */
import {
  addN,
  concat,
  customGrad,
  engine,
  keep,
  pad,
  reshape,
  scalar,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { cannot } from '../errors.js';
import { Features } from '../features.js';
import { at } from '../item-at.js';
import type { OnTile } from '../lpips-options.js';
import { differentiable, onlyOnce } from '../operations/differentiable.js';
import { withLazyGradients } from '../operations/lazy-gradients.js';
import { guardGradient, type Marks, markNumbers } from '../operations/propagate-nan.js';
import { isTapeOn, offOuterTape } from '../operations/tape.js';
import { OverlapAdd } from './overlap-add.js';
import {
  lengthOf,
  type Span,
  type TapSpan,
  type Tile,
  type TileGrid,
  type TileSpan,
  tapsOf,
} from './tile-geometry.js';

/** Two pictures, whole or the crops of a tile. */
export interface Pictures {
  readonly image: Tensor4D | Features;
  readonly reference: Tensor4D | Features;
  readonly mask: Tensor4D | undefined;
}

/** One of the two pictures. */
export type Side = 'image' | 'reference';

/** Σ_c w_c (û − v̂)_c² of the first taps, `[batch, h, w, 1]` each, and the marks of pictures that are not finite. */
interface Differences {
  readonly taps: readonly Tensor4D[];
  readonly marks: readonly Marks[];
}

/** Computes the differences of crops up to a tap, on the tape if there is one. It is called inside a `tidy`. */
export type Compare = (crops: Pictures, taps: number) => Differences;

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

/** All tensors of both pictures by names: those of a picture that is a tensor is its side. */
export function tensorsOfPictures(pictures: Pictures): Record<string, Tensor4D> {
  const named = (['image', 'reference'] as const).flatMap((side): (readonly [string, Tensor4D])[] => {
    const picture = pictures[side];
    if (!(picture instanceof Features)) return [[side, picture]];
    return [picture.images, ...picture.taps].map((tensor, index) => [`${side}.${index}`, tensor]);
  });
  return Object.fromEntries(named);
}

/**
 * The pictures as the tape has kept them.
 *
 * @param saved the tensors of `tensorsOfPictures`, in order
 */
export function savedPictures(pictures: Pictures, saved: readonly Tensor[]): Pictures {
  let next = 0;
  const restored = (picture: Tensor4D | Features): Tensor4D | Features => {
    if (!(picture instanceof Features)) return at(saved, next++) as Tensor4D;
    const images = at(saved, next++) as Tensor4D;
    return new Features(
      picture.owner,
      picture.net,
      images,
      picture.taps.map(() => at(saved, next++) as Tensor4D),
    );
  };
  return { image: restored(pictures.image), reference: restored(pictures.reference), mask: pictures.mask };
}

/**
 * The differences of whole pictures, differentiable with respect to both. A gradient computes the tiles once more.
 *
 * @returns tensors that the caller disposes
 */
export function tiledDifferences(work: TiledWork): Pick<WholeDifferences, 'taps' | 'marks'> {
  const inputs = tensorsOfPictures(work.pictures);
  const [marks, ...taps] = withLazyGradients<Tensor>(
    inputs,
    () => {
      const { taps, marks } = offOuterTape(() => overTiles(work, [], () => undefined));
      return { values: [marks, ...taps], saved: Object.values(inputs) };
    },
    (name, [, ...dys], saved) => {
      const side = sideOf(name);
      const pictures = savedPictures(work.pictures, saved);
      return gradientOfTiles({ ...work, pictures }, side, (tap) => at(dys, tap) as Tensor4D | null);
    },
  );
  return { taps: taps as Tensor4D[], marks: marks as Tensor1D };
}

/**
 * @param name of a tensor of the pictures
 * @throws LpipsError for a tensor of features, which no gradient reaches
 */
export function sideOf(name: string): Side {
  if (name === 'image' || name === 'reference') return name;
  const why = 'they were compared in tiles';
  const advice = 'Give the images themselves, or leave out tiles.';
  throw cannot('gradient', 'reach features that were made on the tape', why, advice);
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

/** Gradient of the differences of a tap `[batch, h, w, 1]`, or of those that a tile owns; null or undefined = 0. */
type Upstream = (tap: number) => Tensor4D | null | undefined;

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

/** What a tile or a row of tiles gives: what it owns of each tap, if anything, and gradients with their halo. */
export type Pieces = {
  taps: (Tensor4D | undefined)[];
  gradients: (Tensor4D | undefined)[];
  marks: Tensor1D;
};

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

/**
 * One tile. Disposes features among the crops.
 *
 * @param upstream gradient of what the tile owns of a tap
 */
export function computeTile(
  compare: Compare,
  crops: Pictures,
  tile: Tile,
  sides: readonly Side[],
  upstream: Upstream,
): Pieces {
  const taps = Math.max(1, tapsOf(tile));
  const ownedOf = ({ taps: differences, marks }: Differences) => ({
    taps: differences.map((difference, tap) => ownedPart(difference, tile, tap)),
    marks: markNumbers(marks, 1),
  });
  try {
    return tidy(() => {
      if (sides.length === 0) return { ...ownedOf(compare(crops, taps)), gradients: [] };
      let owned: Omit<Pieces, 'gradients'> | undefined;
      const inputs = sides.map((side) => crops[side] as Tensor4D);
      try {
        const { grads } = engine().gradients(() => {
          const onTape = Object.fromEntries(sides.map((side, index) => [side, same(at(inputs, index))]));
          const differences = compare({ ...crops, ...onTape }, taps);
          owned = ownedOf(differences);
          for (const tensor of tensorsOf(owned)) keep(tensor);
          const shapes = differences.taps.map(({ shape }) => shape);
          const gradFunc = () =>
            shapes.map((shape, tap) => {
              const dy = ownsAny(tile, tap) ? upstream(tap) : undefined;
              return dy ? placed(dy, shape, tile, tap) : zeros(shape);
            });
          return customGrad<Tensor>(() => ({ value: scalar(0), gradFunc }))(...differences.taps);
        }, inputs);
        if (owned === undefined) throw new Error('tiles: nothing was computed');
        const copies = owned.taps.map((tap) => tap?.clone());
        return { taps: copies, marks: owned.marks.clone(), gradients: grads as Tensor4D[] };
      } finally {
        for (const tensor of owned ? tensorsOf(owned) : []) tensor.dispose();
      }
    });
  } finally {
    for (const crop of [crops.image, crops.reference]) if (crop instanceof Features) crop.dispose();
  }
}

function tensorsOf({ taps, marks }: Omit<Pieces, 'gradients'>): Tensor[] {
  return [marks, ...taps.filter((tap) => tap !== undefined)];
}

/** The tensor as one that was computed on the tape, whose gradient is likely to be asked for. */
function same(x: Tensor4D): Tensor4D {
  return differentiable<[Tensor4D], Tensor4D, []>([x], () => ({
    value: reshape(x, x.shape),
    saved: [],
    gradient: (dy) => [dy],
  }));
}

/** The crops of a tile out of the image at this place of the batch, and of the reference and the mask that stand against it. */
function cropPictures({ image, reference, mask }: Pictures, tile: Tile, index: number): Pictures {
  const crop = (images: Tensor4D) => cut(images, index, tile.rows.crop, tile.columns.crop);
  const cropEither = (images: Tensor4D | Features) => {
    if (!(images instanceof Features)) return crop(images);
    const taps = images.taps.map((tap, number) =>
      cut(tap, index, at(tile.rows.taps, number).crop, at(tile.columns.taps, number).crop),
    );
    return new Features(images.owner, images.net, crop(images.images), taps);
  };
  return { image: cropEither(image), reference: cropEither(reference), mask: mask && crop(mask) };
}

/** A rectangle of the image at this place of the batch, or of the only one. */
function cut(images: Tensor4D, index: number, rows: Span, columns: Span): Tensor4D {
  const [batch, , , channels] = images.shape;
  const place = batch === 1 ? 0 : index;
  return slice(
    images,
    [place, rows.start, columns.start, 0],
    [1, lengthOf(rows), lengthOf(columns), channels],
  );
}

function ownsAny(tile: Tile, tap: number): boolean {
  return lengthOf(at(tile.rows.taps, tap).owned) > 0 && lengthOf(at(tile.columns.taps, tap).owned) > 0;
}

/** What the tile owns of the differences that its crop gives. */
function ownedPart(difference: Tensor4D, tile: Tile, tap: number): Tensor4D | undefined {
  if (!ownsAny(tile, tap)) return undefined;
  return cut(difference, 0, within(at(tile.rows.taps, tap)), within(at(tile.columns.taps, tap)));
}

/** The gradient of what a tile owns, with zeros around it where the crop goes on. */
function placed(dy: Tensor4D, shape: Tensor4D['shape'], tile: Tile, tap: number): Tensor4D {
  const around = (span: TapSpan, size: number): [number, number] => {
    const { start, end } = within(span);
    return [start, size - end];
  };
  const [, height, width] = shape;
  return pad(dy, [
    [0, 0],
    around(at(tile.rows.taps, tap), height),
    around(at(tile.columns.taps, tap), width),
    [0, 0],
  ]);
}

/** What is owned, counted from the first row of the crop. */
function within({ crop, owned }: TapSpan): Span {
  return { start: owned.start - crop.start, end: owned.end - crop.start };
}
