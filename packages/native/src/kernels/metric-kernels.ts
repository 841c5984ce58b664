/**
 * @module
 * Names of the kernels that lpips-core looks for. The number is the version of the kernel's contract, which is its
 * inputs, outputs and attributes. It rises with every change of the contract, so that packages of different contracts
 * do not find each other's kernels.
 */

/** The same as `METRIC_KERNELS` of lpips-core, where the inputs and outputs of each are described. */
export const METRIC_KERNELS = {
  convolve: 'LpipsConvolve@1',
  unitNormalize: 'LpipsUnitNormalize@1',
  unitNormalizeGradient: 'LpipsUnitNormalizeGrad@1',
  weightedSquaredDifference: 'LpipsWeightedSquaredDifference@1',
  weightedSquaredDifferenceGradient: 'LpipsWeightedSquaredDifferenceGrad@1',
  meanWeightedSquaredDifference: 'LpipsMeanWeightedSquaredDifference@1',
  meanWeightedSquaredDifferenceGradient: 'LpipsMeanWeightedSquaredDifferenceGrad@1',
  meanUnitDifference: 'LpipsMeanUnitDifference@2',
  meanUnitDifferenceGradient: 'LpipsMeanUnitDifferenceGrad@2',
  scaleChannels: 'LpipsScaleChannels@1',
  stackPair: 'LpipsStackPair@1',
  guardedScale: 'LpipsGuardedScale@1',
  propagateNaN: 'LpipsPropagateNaN@1',
  reluGradient: 'LpipsReluGrad@1',
  maxPool: 'LpipsMaxPooling@1',
  maxPoolGradient: 'LpipsMaxPoolingGrad@1',
  maxPoolGradientOfPart: 'LpipsMaxPoolingGradOfPart@1',
  interleave: 'LpipsInterleave@1',
} as const;
