export {
  activate,
  activateWithBias,
  activationAndBiasGradient,
  activationGradient,
} from './activations';
export { copyRuns } from './copies';
export {
  areFinite,
  meanWeightedSquaredDifference,
  reluGradient,
  scaleChannels,
  unitNormalize,
  unitNormalizeGradient,
  weightedSquaredDifference,
  weightedSquaredDifferenceGradient,
} from './equation';
export { adam, centeredRmsprop, momentum, nesterov, rmsprop, sgd } from './optimizers';
export { maxPool, maxPoolGradient } from './pooling';
export {
  resizeBilinear,
  resizeBilinearGradient,
  resizeNearest,
  resizeNearestGradient,
} from './resize';
export { sumRows } from './sums';
