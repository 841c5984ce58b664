/**
 * @module
 * The distance of pictures in tiles while a tape is on. Its gradient is computed with it, as that for dy = 1, and waits to be
 * multiplied by dy: a pass over the tiles for the distance and another one for its gradient would take half as long again.
 */
import {
  engine,
  mul,
  ones,
  type Rank,
  reshape,
  type Tensor1D,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';
import { Features } from '../features.js';
import { at } from '../item-at.js';
import { onlyOnce } from '../operations/differentiable.js';
import { withLazyGradients } from '../operations/lazy-gradients.js';
import { isTapeOn, offOuterTape } from '../operations/tape.js';
import { constantSide } from '../pair.js';
import { savedPictures, sideOf, tensorsOfPictures, tensorsToSave } from './pictures.js';
import { gradientOfTiles, overTiles, type TiledWork } from './tiled-differences.js';

/**
 * @param distanceOf the distance `[batch]` from the differences of all taps, in each of which it is linear, and the mask
 * @returns float32 `[batch]`, differentiable with respect to both pictures; the caller disposes
 */
export function tiledDistance(
  work: TiledWork,
  distanceOf: (taps: Tensor4D[], marks: Tensor1D[], mask: Tensor4D | undefined) => Tensor1D,
): Tensor1D {
  const { image, reference, mask } = work.pictures;
  const inputs = tensorsOfPictures(work.pictures);
  const [batch] = image.shape;
  const constant = constantSide(image, reference);
  const isTensor = { image: !(image instanceof Features), reference: !(reference instanceof Features) };
  const sides = (['image', 'reference'] as const).filter((side) => isTensor[side]);
  const likely = sides.filter((side) => {
    // The gradient of a shared reference mixes the dy of all images, so it waits for them.
    if (work.pictures[side].shape[0] !== batch) return false;
    return sides.length === 1 || constant !== (side === 'image' ? 'x' : 'y');
  });
  /** Gradients of the differences. */
  const slopes = (dy: Tensor1D, mask: Tensor4D | undefined): readonly Tensor4D[] => {
    const flat = work.grid.taps.map(({ height, width }) => zeros<Rank.R4>([batch, height, width, 1]));
    return engine().gradients(() => distanceOf(flat, [], mask), flat, dy).grads as Tensor4D[];
  };
  const forward = () => {
    const upstream = likely.length > 0 ? slopes(ones([batch]), mask) : [];
    const { taps, marks, gradients } = overTiles(work, likely, (tap) => upstream[tap]);
    return { distance: distanceOf(taps, [marks], mask), gradients };
  };
  const [distance] = withLazyGradients<Tensor1D>(
    inputs,
    () => {
      const { distance, gradients } = offOuterTape(forward);
      return {
        values: [distance],
        saved: [...gradients, ...(likely.length < sides.length ? tensorsToSave(work.pictures) : [])],
      };
    },
    (name, [dy], saved) => {
      const side = sideOf(name);
      const [upstream, place] = [dy as Tensor1D, likely.indexOf(side)];
      if (place < 0) {
        const pictures = savedPictures(work.pictures, saved.slice(likely.length));
        const dys = offOuterTape(() => slopes(upstream, pictures.mask));
        return gradientOfTiles({ ...work, pictures }, side, (tap) => at(dys, tap));
      }
      const computed = at(saved, place) as Tensor4D;
      const gradient = mul(computed, reshape(upstream, [-1, 1, 1, 1]));
      return isTapeOn() ? onlyOnce(gradient, Object.values(inputs)) : gradient;
    },
  );
  return at([distance], 0) as Tensor1D;
}
