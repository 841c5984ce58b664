export type { Warn } from 'lpips-core';
export {
  type AdversarialKind,
  adaptiveWeight,
  adversarialWeight,
  discriminatorLoss,
  generatorLoss,
} from './adversarial-losses.js';
export {
  type CodeSampler,
  codeSampler,
  type DiagonalGaussian,
  diagonalGaussian,
  klDivergence,
} from './diagonal-gaussian.js';
export { type LpipsLossOptions, lpipsLoss, type SampleLoss } from './lpips-loss.js';
export { type PatchDiscriminatorOptions, patchDiscriminator } from './patch-discriminator.js';
export { randomShift, type Shift } from './random-shift.js';
export { type PixelLoss, type ReconstructionLossOptions, reconstructionLoss } from './reconstruction-loss.js';
export { checkLoss, stopOnNaN } from './stop-on-nan.js';
export { type CacheTargetsOptions, cacheTargets, type TargetCache } from './target-cache.js';
export { negativeLogLikelihood, type VaeLoss, type VaeLossOptions, vaeLoss } from './vae-loss.js';
export { type VideoLpipsLossOptions, videoLpipsLoss } from './video-lpips-loss.js';
export type { WeightScheduleOptions } from './weight-schedule.js';
