/**
 * @module
 * Registers this package's kernels in the place of tfjs-node's, and those that lpips-core and TensorFlow.js's optimisers look
 * for.
 */
import { engine } from '@tensorflow/tfjs-core';
import { fuseLayers, fuseOptimizers, mendCpuKernels } from 'tfjs-fused-training';
import type { Device } from '../native-platform.js';
import { registerActivations } from './activation-kernels.js';
import { registerBilinearGradient } from './bilinear-gradient.js';
import { registerConstantConvolution } from './constant-convolution.js';
import { registerConvolutionGradients } from './convolution-gradients.js';
import { registerEquationKernels } from './equation-kernels.js';
import { registerFusedConvolutions } from './fused-convolution.js';
import { registerGather } from './gather.js';
import { registerOptimizerKernel } from './optimizer-kernel.js';
import { registerPaddedConvolutions } from './padded-convolutions.js';
import { registerReluGradient, registerStep } from './relu-gradients.js';
import { registerReshape, registerSplit } from './shape-kernels.js';
import { BACKEND, isNativeBackend } from './tensorflow-operation.js';
import { registerUpsampling } from './upsampling.js';
import { registerVariableConvolution } from './variable-convolution.js';
import { registerVolumeConvolutions } from './volume-convolutions.js';
import { tryFilterings } from './winograd.js';

/**
 * To be called once the backend is registered. A second call changes nothing. On GPUs the stock kernels compute the
 * convolutions: ours run on the processor.
 */
export function registerKernels(device: Device): void {
  registerStep();
  mendCpuKernels();
  const backend = engine().findBackend(BACKEND);
  if (!isNativeBackend(backend)) return;
  registerReluGradient(backend);
  registerSplit(backend);
  registerReshape(backend);
  if (device !== 'cpu') return;
  registerGather(backend);
  tryFilterings(backend);
  registerFusedConvolutions(backend);
  registerConvolutionGradients(backend);
  registerVolumeConvolutions(backend);
  registerConstantConvolution(backend);
  registerEquationKernels(backend);
  registerActivations(backend);
  registerVariableConvolution(backend);
  registerPaddedConvolutions();
  registerUpsampling(backend);
  registerBilinearGradient(backend);
  fuseLayers();
  registerOptimizerKernel(backend);
  fuseOptimizers();
}
