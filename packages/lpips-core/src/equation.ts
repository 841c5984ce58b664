/**
 * @module
 * The parts of the equation, for packages that build on it: `bapps-train` trains backbones and heads with them, and
 * backends find the names of the kernels that the metric looks for. Applications need `lpips-core` alone.
 */
export {
  type Backbone,
  type ConvRelu,
  convolutions,
  type Operation,
  tapChannels,
} from './backbones/backbone.js';
export { backboneOf } from './backbones/registry.js';
export { concatChannels } from './operations/concat-channels.js';
export { differentiable } from './operations/differentiable.js';
export { maxPool } from './operations/max-pool.js';
export { METRIC_KERNELS } from './operations/metric-kernels.js';
export { scaleImages } from './operations/scale-images.js';
export { unitNormalize } from './operations/unit-normalize.js';
export { checkWeights, headName } from './weights/check-weights.js';
