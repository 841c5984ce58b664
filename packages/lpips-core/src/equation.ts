/**
 * @module
 * The parts of the equation, for packages that train or summarise them, such as bapps-train and lpips-search: the tables of the backbones, operations
 * with their gradients, the checks of weights. To compute distances, import `lpips-core`.
 */
export {
  type Backbone,
  type ConvRelu,
  convolutions,
  type Operation,
  tapChannels,
  tapSizes,
} from './backbones/backbone.js';
export { checkWeights, headName } from './backbones/check-weights.js';
export { backboneOf } from './backbones/registry.js';
export { concatChannels } from './operations/concat-channels.js';
export { differentiable } from './operations/differentiable.js';
export { maxPool } from './operations/max-pool.js';
export { METRIC_KERNELS } from './operations/metric-kernels.js';
export { SCALING_LAYER, scaleImages } from './operations/scale-images.js';
export { unitNormalize } from './operations/unit-normalize.js';
