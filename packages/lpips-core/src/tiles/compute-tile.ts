/**
 * @module
 * One tile: the differences that it owns, and the gradients of these, which reach into its halo.
 */
import {
  customGrad,
  engine,
  keep,
  pad,
  reshape,
  scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { Features } from '../features.js';
import { at } from '../item-at.js';
import { differentiable } from '../operations/differentiable.js';
import { type Marks, markNumbers } from '../operations/propagate-nan.js';
import { cut, type Pictures, type Side } from './pictures.js';
import { lengthOf, type Span, type TapSpan, type Tile, tapsOf } from './tile-geometry.js';

/** Σ_c w_c (û − v̂)_c² of the first taps, `[batch, h, w, 1]` each, and the marks of pictures that are not finite. */
interface Differences {
  readonly taps: readonly Tensor4D[];
  readonly marks: readonly Marks[];
}

/** Computes the differences of crops up to a tap, on the tape if there is one. It is called inside a `tidy`. */
export type Compare = (crops: Pictures, taps: number) => Differences;

/** Gradient of the differences of a tap `[batch, h, w, 1]`, or of those that a tile owns; null or undefined = 0. */
export type Upstream = (tap: number) => Tensor4D | null | undefined;

/** What a tile or a row of tiles gives: what it owns of each tap, if anything, and gradients with their halo. */
export type Pieces = {
  taps: (Tensor4D | undefined)[];
  gradients: (Tensor4D | undefined)[];
  marks: Tensor1D;
};

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
