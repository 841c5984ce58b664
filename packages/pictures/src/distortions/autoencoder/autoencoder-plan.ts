/**
 * @module
 * What a least-squares autoencoder is like, drawn at random, and where its patches lie.
 */
import { checkRandom } from '../../check-arguments.js';
import { between, choose, type Random, wholeBetween } from '../../random.js';

/** What a least-squares autoencoder is like. */
export interface AutoencoderPlan {
  /** what is done to its input, which its decoder is fitted to undo */
  readonly corruption: 'none' | 'white-noise' | 'pink-noise' | 'greyscale' | 'downsampling';
  /** pixels from one cell of the code to the next; even */
  readonly stride: number;
  /** numbers in a cell of the code */
  readonly channels: number;
  /** how cells become pixels: blocks side by side, patches that overlap, or half the size, then enlarged */
  readonly upsampling: 'blocks' | 'overlapping' | 'nearest' | 'linear';
  /** 0 to 1: how much the overlap of patches shows, as a checkerboard */
  readonly unevenness: number;
  /** share of the input's fine detail that bypasses the code */
  readonly skip: number;
  /** penalty on the decoder's weights: large is badly trained */
  readonly ridge: number;
  /** share of the code's numbers that are lost when a picture passes */
  readonly dropout: number;
  /** seed of the encoder */
  readonly seed: number;
}

/**
 * Draws a plan.
 *
 * @throws LpipsError unless `random` is a source of random numbers
 */
export function drawAutoencoderPlan(random: Random): AutoencoderPlan {
  checkRandom('drawAutoencoderPlan', random);
  const upsampling = choose(random, ['blocks', 'overlapping', 'nearest', 'linear'] as const);
  return {
    corruption: choose(random, ['none', 'white-noise', 'pink-noise', 'greyscale', 'downsampling'] as const),
    stride: choose(random, [2, 4, 4, 6, 8]),
    channels: wholeBetween(random, 4, 16),
    upsampling,
    unevenness: upsampling === 'overlapping' ? between(random, 0, 0.25) : 0,
    skip: random.uniform() < 0.4 ? between(random, 0.2, 0.9) : 0,
    ridge: 10 ** between(random, -5, -1.5),
    dropout: random.uniform() < 0.3 ? between(random, 0.004, 0.03) : 0,
    seed: Math.floor(random.uniform() * 2 ** 32),
  };
}

/** Whether the decoder makes a picture of half the size, which is enlarged afterwards. */
export function isHalf({ upsampling }: AutoencoderPlan): boolean {
  return upsampling === 'nearest' || upsampling === 'linear';
}

/** Side of a decoded patch, in pixels. */
export function patchSide(plan: AutoencoderPlan): number {
  return plan.upsampling === 'overlapping' ? (plan.stride * 3) / 2 : patchStep(plan);
}

/** Where the patch of the n-th cell of a line begins, in pixels. */
export function patchPlace(plan: AutoencoderPlan, n: number): number {
  return n * patchStep(plan) - Math.floor((patchSide(plan) - patchStep(plan)) / 2);
}

/** Pixels from one decoded patch to the next. */
function patchStep(plan: AutoencoderPlan): number {
  return isHalf(plan) ? plan.stride / 2 : plan.stride;
}
