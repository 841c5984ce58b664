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
export { maxPool, maxPoolGradient } from './pooling';
