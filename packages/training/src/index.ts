export { hasTrainingKernel, TRAINING_KERNELS, type TrainingKernel } from './training-kernels.js';
