export { fuseLayers } from './layers/fuse-layers.js';
export { ACTIVATIONS, type Activation, type ActivationName } from './operations/activation.js';
export { hasTrainingKernel, TRAINING_KERNELS, type TrainingKernel } from './training-kernels.js';
