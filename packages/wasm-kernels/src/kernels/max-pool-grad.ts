/**
 * @module
 * `MaxPoolGrad`. The stock kernel looks for the maximum of a window among positive values only, and drops or misplaces
 * the gradient of every window that has none. Our own kernel gives the gradient of a window to its first maximum in
 * reading order, as TensorFlow and PyTorch do. Without 128-bit SIMD it is composed, and the last maximum gets it:
 *
 * with t = 2⁻⁶², z = max(x, t) / max(−x, t) is positive and has the order of x: it is x/t where x > t, t/−x where x <
 * −t, and 1 between them, where every value counts as 0. So z has its maxima where x has them. Negative values
 * within two units in the last place of each other count as equal, since the division can round them to the same z.
 */
import {
  clipByValue,
  div,
  MaxPoolGrad,
  maxPoolWithArgmax,
  neg,
  reshape,
  scatterND,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { unsupported } from '../errors.js';
import { image, type KernelArguments } from '../kernel-arguments.js';
import { ownMaxPoolGradient } from './own-pooling.js';

/** Smaller magnitudes count as 0 and larger ones as the largest, so that quotients stay within float32. */
const [SMALLEST, LARGEST] = [2 ** -62, 2 ** 62];

/** dx `[batch, height, width, channels]` from x and dy: dy at the maxima of x, 0 elsewhere. */
export function maxPoolGrad(args: KernelArguments): TensorInfo {
  const dy = image(MaxPoolGrad, args, 'dy');
  const x = image(MaxPoolGrad, args, 'input');
  const { filterSize, strides, pad } = args.attrs as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
  };
  if (dy.size === 0) return zeros(x.shape);
  const own = ownMaxPoolGradient(args, dy, x, image(MaxPoolGrad, args, 'output'));
  if (own) return own;
  return tidy(() => {
    const indexes = maxPoolWithArgmax(positiveInOrder(x), filterSize, strides, pad, true)[
      'indexes'
    ] as Tensor;
    if (indexes.shape.join() !== dy.shape.join()) {
      const [expected, got] = [indexes, dy].map(({ shape }) => `[${shape.join(', ')}]`) as [string, string];
      throw unsupported(MaxPoolGrad, expected, 'dy', got, 'Pool without dimRoundingMode.');
    }
    const places = reshape(indexes, [dy.size, 1]);
    return reshape(scatterND(places, reshape(dy, [dy.size]), [x.size]), x.shape);
  });
}

function positiveInOrder(x: Tensor4D): Tensor4D {
  return div(clipByValue(x, SMALLEST, LARGEST), clipByValue(neg(x), SMALLEST, LARGEST));
}
