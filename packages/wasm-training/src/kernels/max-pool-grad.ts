/**
 * @module
 * `MaxPoolGrad`. The stock kernel looks for the maximum of a window among positive values only, and drops or misplaces
 * the gradient of every window that has none.
 *
 * With t = 2⁻⁶², z = max(x, t) / max(−x, t) is positive and in the order of x: x/t where x > t, t/−x where x < −t, and
 * 1 between, where all counts as 0. So the places of the maxima of z are those of x. Each maximum counts once: of
 * equal values the last in reading order takes the gradient, as in the stock kernel, and so of negative values that
 * the division rounds together, which lie within two units in the last place.
 */
import {
  add,
  div,
  MaxPoolGrad,
  maximum,
  maxPoolWithArgmax,
  min,
  neg,
  reshape,
  scatterND,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { image, input, type KernelArguments } from '../kernel-arguments.js';

/** Values closer to 0 than this count as 0; those of magnitudes above its inverse are out of range. */
const SMALLEST = 2 ** -62;

/** dx `[batch, height, width, channels]` from x and dy: the places of the maxima are found, and dy put there. */
export function maxPoolGrad(args: KernelArguments): Tensor4D {
  const dy = image(MaxPoolGrad, args, 'dy');
  const x = image(MaxPoolGrad, args, 'input');
  const { filterSize, strides, pad } = args.attrs as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
  };
  return tidy(() => {
    if (dy.size === 0) return zeros(x.shape);
    // Behind a relu every maximum is at least 0, and one addition makes them positive.
    const [smallestMaximum = Number.NaN] = min(input(args, 'output')).dataSync();
    const positive: Tensor4D = smallestMaximum >= 0 ? add(x, SMALLEST) : positiveInOrder(x);
    const { indexes } = maxPoolWithArgmax(positive, filterSize, strides, pad, true);
    const places = reshape(indexes, [dy.size, 1]);
    return reshape(scatterND(places, reshape(dy, [dy.size]), [x.size]), x.shape);
  });
}

function positiveInOrder(x: Tensor4D): Tensor4D {
  return div(maximum(x, SMALLEST), maximum(neg(x), SMALLEST));
}
