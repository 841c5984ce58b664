export { type CapturedStep, type CaptureOptions, captureStep } from './capture/capture-step.js';
export { drawNumbers } from './capture/draws.js';
export type { Draw } from './capture/recorded-step.js';
export {
  type RecordedConstant,
  type RecordedOperation,
  registerStepRecorder,
  type Source,
  type StepProgram,
  type StepRecorder,
  type StepRecording,
} from './capture/step-recorder.js';
export { WatchedBackend } from './capture/watched-backend.js';
export { mendCpuKernels } from './cpu-kernels/mend-cpu-kernels.js';
export { TrainingError } from './errors.js';
export { fuseLayers } from './layers/fuse-layers.js';
export { ACTIVATIONS, type Activation, type ActivationName } from './operations/activation.js';
export { registerDilatedGradients, unregisterDilatedGradients } from './operations/dilated-gradients.js';
export { type FusedConv2dOptions, fusedConv2d } from './operations/fused-conv2d.js';
export { AdamWOptimizer, type AdamWOptions, adamw } from './optimizers/adamw.js';
export { fuseOptimizers } from './optimizers/fuse-optimizers.js';
export {
  type FusedOptimizerAttrs,
  type FusedOptimizerCall,
  fusedOptimizerCall,
  OPTIMIZER_RULES,
  type OptimizerRule,
} from './optimizers/optimizer-kernel.js';
export { TRAINING_KERNELS } from './training-kernels.js';
