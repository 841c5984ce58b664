/**
 * @module
 * A pixel loss and LPIPS in one: pixelWeight · mean |x − y|ᵖ + perceptualWeight · d(x, y), with which autoencoders are
 * trained (Esser et al. 2021, section 3.1). The pixel term preserves colours, the perceptual term makes edges sharp.
 */
import {
  abs,
  add,
  broadcastTo,
  div,
  maximum,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs-core';
import { cannot, checkNumber, checkOneOf, checkOptions, type Lpips } from 'lpips-core';
import { checkSameShape } from './check-tensors.js';
import { LPIPS_LOSS_OPTIONS, type LpipsLossOptions, lpipsLoss, type SampleLoss } from './lpips-loss.js';

/** How pixels are compared: |d|, d², or √(d² + ε²) with ε = 0.001, which is |d| with a round corner. */
export type PixelLoss = 'l1' | 'l2' | 'charbonnier';

const PIXEL_LOSSES = ['l1', 'l2', 'charbonnier'] as const satisfies PixelLoss[];
const CHARBONNIER_EPSILON = 1e-3;
const LEAST_WEIGHT = 1e-12;

/** Terms of the loss and their weights. */
export interface ReconstructionLossOptions extends LpipsLossOptions {
  lpips: Lpips;
  /** Default `'l1'`. */
  pixel?: PixelLoss;
  /** Default 1. The pixel term is in the unit of the images, or its square. */
  pixelWeight?: number;
  /** Default 1. */
  perceptualWeight?: number;
}

/** Names of `ReconstructionLossOptions`. */
export const RECONSTRUCTION_LOSS_OPTIONS = [
  'lpips',
  'pixel',
  'pixelWeight',
  'perceptualWeight',
  ...LPIPS_LOSS_OPTIONS,
] as const;

/**
 * Makes a loss that gives the weighted sum of the pixel loss and LPIPS of each sample. Arguments and result are those of
 * `lpipsLoss`. A mask weighs the pixels of both terms.
 *
 * @throws LpipsError for options that are unknown, negative or both 0
 */
export function reconstructionLoss(options: ReconstructionLossOptions): SampleLoss {
  checkOptions('reconstructionLoss', options, RECONSTRUCTION_LOSS_OPTIONS);
  const { lpips, pixel = 'l1', pixelWeight = 1, perceptualWeight = 1, ...compare } = options;
  checkOneOf('reconstructionLoss', 'pixel', pixel, PIXEL_LOSSES);
  checkNumber('reconstructionLoss', 'pixelWeight', pixelWeight);
  checkNumber('reconstructionLoss', 'perceptualWeight', perceptualWeight);
  if (pixelWeight === 0 && perceptualWeight === 0) {
    const why = 'pixelWeight and perceptualWeight are both 0';
    throw cannot('reconstructionLoss', 'train anything', why, 'Give at least one of them a value above 0.');
  }
  const perceptual = lpipsLoss(lpips, compare);
  return function reconstruction(yTrue, yPred) {
    return tidy(() => {
      checkSameShape('reconstructionLoss', yTrue, yPred);
      const terms: Tensor1D[] = [];
      if (pixelWeight > 0) terms.push(mul(pixelLoss(pixel, yTrue, yPred, compare.mask), pixelWeight));
      if (perceptualWeight > 0) terms.push(mul(perceptual(yTrue, yPred), perceptualWeight));
      return terms.reduce((total, term) => add(total, term));
    });
  };
}

/** Mean over the pixels and channels of each sample, `[batch]`. */
function pixelLoss(kind: PixelLoss, yTrue: Tensor, yPred: Tensor, mask: Tensor | undefined): Tensor1D {
  const difference = sub(yPred, yTrue);
  const [batch = 1] = difference.shape;
  const each = {
    l1: () => abs(difference),
    l2: () => square(difference),
    charbonnier: () => sqrt(add(square(difference), CHARBONNIER_EPSILON ** 2)),
  }[kind]();
  if (!mask) return mean(reshape(each, [batch, -1]), 1);
  const weights = reshape(broadcastTo(mask, each.shape), [batch, -1]);
  const total = maximum(sum(weights, 1), LEAST_WEIGHT); // where the mask is 0 throughout, so is the loss
  return div(sum(mul(reshape(each, [batch, -1]), weights), 1), total);
}
