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
