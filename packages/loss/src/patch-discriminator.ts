/**
 * @module
 * The discriminator of PatchGAN (Isola et al. 2017, appendix 6.1.2): 4x4 convolutions that judge overlapping patches,
 * 70 pixels wide with three strided layers, each by one logit. No sigmoid: the losses take logits.
 */
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { checkNumber, checkOneOf, checkOptions, invalid, kindOf } from 'lpips-core';

/** Size of the discriminator. */
export interface PatchDiscriminatorOptions {
  /** `[height, width, channels]` of the images. */
  inputShape: [height: number, width: number, channels: number];
  /** Channels of the first layer, doubled by each further one up to eight times as many. Default 64. */
  filters?: number;
  /** Number of layers with stride 2. A patch is 16, 34 or 70 pixels wide with 1, 2 or 3 of them. Default 3. */
  depth?: number;
  /** Normalisation between the first and the last layer. Default `'batch'`. */
  normalization?: 'batch' | 'none';
  /** Seed of the weights. Default 1. */
  seed?: number;
}

const KERNEL = 4;
const LEAK = 0.2;
const WEIGHT_DEVIATION = 0.02;

/**
 * A model from images `[batch, height, width, channels]` to logits `[batch, rows, columns, 1]`, high for real: with
 * three layers of stride 2, 30x30 for 256x256 and 6x6 for 64x64.
 *
 * @throws LpipsError for unknown options and for images that are smaller than the layers need
 */
export function patchDiscriminator(options: PatchDiscriminatorOptions): LayersModel {
  const where = 'patchDiscriminator';
  checkOptions(where, options, ['inputShape', 'filters', 'depth', 'normalization', 'seed']);
  const { inputShape, filters = 64, depth = 3, normalization = 'batch', seed = 1 } = options;
  checkNumber(where, 'filters', filters, { least: 1, isWhole: true });
  checkNumber(where, 'depth', depth, { least: 1, isWhole: true });
  checkOneOf(where, 'normalization', normalization, ['batch', 'none']);
  checkNumber(where, 'seed', seed, { isWhole: true });
  checkInputShape(where, inputShape);
  const smallest = 3 * 2 ** depth;
  if (inputShape[0] < smallest || inputShape[1] < smallest) {
    const got = `${inputShape[0]}x${inputShape[1]}`;
    throw invalid(
      where,
      `at least ${smallest}x${smallest} pixels`,
      'inputShape',
      got,
      'Use fewer layers: depth.',
    );
  }
  const model = sequential();
  const widths = Array.from({ length: depth + 1 }, (_, index) => filters * Math.min(2 ** index, 8));
  for (const [index, width] of [...widths, 1].entries()) {
    const [isFirst, isLast] = [index === 0, index === depth + 1];
    const isNormalized = normalization === 'batch' && !isFirst && !isLast;
    model.add(layers.zeroPadding2d({ padding: 1, ...(isFirst && { inputShape }) }));
    model.add(
      layers.conv2d({
        filters: width,
        kernelSize: KERNEL,
        strides: index < depth ? 2 : 1,
        useBias: !isNormalized,
        kernelInitializer: initializers.randomNormal({
          mean: 0,
          stddev: WEIGHT_DEVIATION,
          seed: seed + index,
        }),
      }),
    );
    if (isNormalized) model.add(layers.batchNormalization({}));
    if (!isLast) model.add(layers.leakyReLU({ alpha: LEAK }));
  }
  return model;
}

/** @throws LpipsError unless the value is three whole sizes */
function checkInputShape(where: string, value: unknown): void {
  const isShape = Array.isArray(value) && value.length === 3;
  if (isShape && value.every((side) => Number.isInteger(side) && side >= 1)) return;
  const isShort =
    Array.isArray(value) && value.length < 10 && value.every((side) => typeof side === 'number');
  const got = isShort ? `[${value.join(', ')}]` : kindOf(value);
  const advice = 'Leave the batch out, as of [64, 64, 3].';
  throw invalid(where, 'whole [height, width, channels]', 'inputShape', got, advice);
}
