/**
 * @module
 * The competitor: the LPIPS equation for VGG16 in plain TensorFlow.js operations with their stock gradients, as a user
 * would write it without this project.
 */
import {
  add,
  addN,
  conv2d,
  div,
  maxPool,
  mean,
  mul,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  transpose,
} from '@tensorflow/tfjs';
import { at, type WeightMap } from 'lpips-core';

/** Rows of VGG16: torchvision's index and output channels of each convolution, and `'tap'` where activations are compared. */
const VGG16_ROWS = [
  [[0, 64], [2, 64], 'tap', 'pool'],
  [[5, 128], [7, 128], 'tap', 'pool'],
  [[10, 256], [12, 256], [14, 256], 'tap', 'pool'],
  [[17, 512], [19, 512], [21, 512], 'tap', 'pool'],
  [[24, 512], [26, 512], [28, 512], 'tap'],
].flat() as ([index: number, out: number] | 'tap' | 'pool')[];

/** Distance function `[batch, height, width, 3]` x2 → `[batch]` from weights under their official names. */
export function plainVgg16(weights: WeightMap): (image: Tensor4D, reference: Tensor4D) => Tensor1D {
  const dataOf = (name: string) => {
    const weight = weights.get(name);
    if (!weight) throw new RangeError(`plainVgg16: no weight ${name}`);
    return weight.data;
  };
  const shift = tensor1d([-0.03, -0.088, -0.188]);
  const scale = tensor1d([0.458, 0.448, 0.45]);
  const filters = new Map<number, { filter: Tensor4D; bias: Tensor1D }>();
  let channels = 3;
  for (const row of VGG16_ROWS) {
    if (typeof row === 'string') continue;
    const [index, out] = row;
    const stored = tensor4d(dataOf(`features.${index}.weight`), [out, channels, 3, 3]);
    const bias = tensor1d(dataOf(`features.${index}.bias`));
    filters.set(index, { filter: transpose(stored, [2, 3, 1, 0]), bias });
    channels = out;
  }
  const heads = [0, 1, 2, 3, 4].map((tap) => tensor1d(dataOf(`lin${tap}.model.1.weight`)));

  const features = (images: Tensor4D): Tensor4D[] => {
    let x: Tensor4D = div(sub(images, shift), scale);
    const taps: Tensor4D[] = [];
    for (const row of VGG16_ROWS) {
      if (row === 'pool') x = maxPool(x, 2, 2, 'valid');
      else if (row === 'tap') taps.push(div(x, add(sqrt(sum(square(x), 3, true)), 1e-10)));
      else {
        const weight = filters.get(row[0]);
        if (!weight) throw new RangeError(`plainVgg16: no convolution ${row[0]}`);
        x = relu(add(conv2d(x, weight.filter, 1, 'same'), weight.bias));
      }
    }
    return taps;
  };
  return (image, reference) => {
    const [u, v] = [features(image), features(reference)];
    return addN(
      u.map((tap, l): Tensor1D => {
        return mean(sum(mul(square(sub(tap, at(v, l))), at(heads, l)), 3), [1, 2]);
      }),
    );
  };
}
