/**
 * @module
 * The checks of images and features at the public boundary: rank, channels, size and dtype. check-values.ts reads the values.
 */
import { Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { kindOf } from './check-options.js';
import { invalid } from './errors.js';
import type { ValueRange } from './operations/scale-images.js';

const RANGES: readonly ValueRange[] = [
  [-1, 1],
  [0, 1],
  [0, 255],
];

const MASK_DTYPES: readonly string[] = ['float32', 'int32', 'bool'];

/** `[64, 64, 3]`, as messages show shapes. */
function shapeOf(tensor: Tensor): string {
  return `[${tensor.shape.join(', ')}]`;
}

/** @throws LpipsError unless `range` is one of the three that images come in */
export function checkRangeOption(where: string, range: ValueRange): void {
  const isPair = Array.isArray(range) && range.length === 2;
  if (isPair && RANGES.some(([low, high]) => low === range[0] && high === range[1])) return;
  const known = RANGES.map((known) => `[${known.join(', ')}]`).join(', ');
  const got = Array.isArray(range) && range.length < 10 ? `[${range.join(', ')}]` : kindOf(range);
  throw invalid(where, `one of ${known}`, 'range', got, 'Rescale the images to one of them.');
}

/** @throws LpipsError unless `value` is a tensor that is not disposed */
export function checkTensor(where: string, argument: string, shape: string, value: unknown): void {
  if (!(value instanceof Tensor)) {
    throw invalid(where, `a tensor ${shape}`, argument, kindOf(value), 'Make one with tf.tensor4d.');
  }
  if (!value.isDisposed) return;
  const advice = 'Keep it until the call has returned, with tf.keep inside a tf.tidy.';
  throw invalid(where, 'a tensor that is not disposed', argument, 'a disposed one', advice);
}

/**
 * @param smallest least height and width that the backbone can take
 * @throws LpipsError unless `images` is a tensor `[batch, height, width, 3 or 1]`, float32, or int32 in [0, 255]
 */
export function checkImages(
  where: string,
  argument: string,
  images: Tensor4D,
  range: ValueRange,
  smallest: number,
): void {
  checkTensor(where, argument, '[batch, height, width, 3]', images);
  const [batch, height, width, channels] = images.shape;
  if (images.rank !== 4) {
    const advice = images.rank === 3 ? 'Add a batch axis with expandDims(0).' : '';
    throw invalid(where, '[batch, height, width, 3]', argument, shapeOf(images), advice);
  }
  if (channels !== 3 && channels !== 1) {
    const advice =
      channels === 4
        ? 'Composite the alpha channel on a colour first.'
        : 'Channels come last; one channel is taken as greyscale.';
    throw invalid(where, '[batch, height, width, 3]', argument, shapeOf(images), advice);
  }
  if (batch === 0)
    throw invalid(where, 'at least one image', argument, shapeOf(images), 'Is the batch empty?');
  if (height < smallest || width < smallest) {
    const advice = 'Enlarge the images, or use a network with fewer poolings.';
    throw invalid(where, `at least ${smallest}x${smallest} pixels`, argument, `${height}x${width}`, advice);
  }
  if (images.dtype === 'int32' && range[1] !== 255) {
    const advice = 'Integers are taken in [0, 255]: say range: [0, 255], or convert to float32.';
    throw invalid(where, 'float32', argument, `int32 with range [${range.join(', ')}]`, advice);
  }
  if (images.dtype !== 'float32' && images.dtype !== 'int32') {
    throw invalid(where, 'float32 or int32', argument, images.dtype, "Convert with cast('float32').");
  }
}

/** @throws LpipsError unless there is one float32 tap of each number of `channels`, for as many images as there are */
export function checkFeatures(
  where: string,
  images: Tensor4D,
  taps: readonly Tensor4D[],
  channels: readonly number[],
): void {
  checkTensor(where, 'images', '[batch, height, width, 3]', images);
  if (images.rank !== 4 || images.shape[3] !== 3 || images.dtype !== 'float32') {
    const got = `${images.dtype} ${shapeOf(images)}`;
    throw invalid(where, 'float32 [batch, height, width, 3]', 'images', got, 'Take images of Features.');
  }
  if (!Array.isArray(taps))
    throw invalid(where, 'an array of tensors', 'taps', kindOf(taps), 'Take taps of Features.');
  if (taps.length !== channels.length) {
    throw invalid(
      where,
      `${channels.length} taps`,
      'taps',
      `${taps.length}`,
      'Were they made with this net?',
    );
  }
  for (const [index, tap] of taps.entries()) {
    checkTensor(where, `tap ${index + 1}`, '[batch, h, w, channels]', tap);
    const [batch, , , depth] = tap.shape;
    if (tap.rank === 4 && tap.dtype === 'float32' && batch === images.shape[0] && depth === channels[index])
      continue;
    const requirement = `float32 [${images.shape[0]}, h, w, ${channels[index]}]`;
    const got = `${tap.dtype} ${shapeOf(tap)}`;
    throw invalid(where, requirement, `tap ${index + 1}`, got, 'Were they made with this net?');
  }
}

/** @throws LpipsError unless both are of one size and the reference's batch is the image's, or 1 */
export function checkReference(where: string, image: Tensor4D['shape'], reference: Tensor4D['shape']): void {
  const isOneSize = image[1] === reference[1] && image[2] === reference[2];
  if (isOneSize && (reference[0] === image[0] || reference[0] === 1)) return;
  const batch = image[0] === 1 ? '1' : `${image[0]} or 1`;
  const advice = isOneSize
    ? 'A reference stands against one image each, or a single one against all.'
    : 'Resize one to the size of the other.';
  const requirement = `[${batch}, ${image[1]}, ${image[2]}, 3] as the image`;
  throw invalid(where, requirement, 'reference', `[${reference.join(', ')}]`, advice);
}

/** @throws LpipsError unless `mask` is `[batch or 1, height, width, 1]` */
export function checkMask(where: string, image: Tensor4D['shape'], mask: Tensor4D): void {
  checkTensor(where, 'mask', '[batch, height, width, 1]', mask);
  if (!MASK_DTYPES.includes(mask.dtype))
    throw invalid(where, 'float32, int32 or bool', 'mask', mask.dtype, "Convert with cast('float32').");
  const [batch, height, width, channels] = mask.shape;
  const isBatch = batch === image[0] || batch === 1;
  if (mask.rank === 4 && isBatch && height === image[1] && width === image[2] && channels === 1) return;
  const requirement = `[${image[0]}, ${image[1]}, ${image[2]}, 1] as the image`;
  throw invalid(where, requirement, 'mask', shapeOf(mask), 'A mask has one weight for each pixel.');
}
