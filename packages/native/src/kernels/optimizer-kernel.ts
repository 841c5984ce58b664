/**
 * @module
 * The kernel `FusedOptimizer@1` of tfjs-fused-training, which takes one step of an optimiser for all variables, by the
 * operations of cpp/optimizers.cc.
 */
import { getKernel, registerKernel, scalar, stack, type TensorInfo, tensor1d } from '@tensorflow/tfjs-core';
import {
  type FusedOptimizerCall,
  fusedOptimizerCall,
  type OptimizerRule,
  TRAINING_KERNELS,
} from 'tfjs-fused-training';
import { ATTRIBUTE, BACKEND, type NativeBackend } from './tensorflow-operation.js';
import { agree, asTensor } from './try-kernel.js';

const OPERATIONS: Readonly<Record<OptimizerRule, string>> = {
  sgd: 'LpipsSgd',
  momentum: 'LpipsMomentum',
  nesterov: 'LpipsNesterov',
  rmsprop: 'LpipsRmsprop',
  centeredRmsprop: 'LpipsCenteredRmsprop',
  adam: 'LpipsAdam',
};

/** Registers the kernel once the backend is registered, where the binding holds its operations. */
export function registerOptimizerKernel(backend: NativeBackend): void {
  const kernelName = TRAINING_KERNELS.optimizer;
  if (getKernel(kernelName, BACKEND) || !holdsOperations(backend)) return;
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs = {} }) => optimize(fusedOptimizerCall(inputs, attrs), backend),
  });
}

/**
 * The coefficients, of which some change with every step, are an input. TensorFlow keeps a kernel for each set of
 * attributes that it has seen.
 */
function optimize(
  { rule, coefficients, tensors, count, outputs }: FusedOptimizerCall,
  backend: NativeBackend,
): TensorInfo[] {
  const given = tensor1d([...coefficients], 'float32');
  const attributes = [{ name: 'N', type: ATTRIBUTE.int, value: count }];
  const results = backend.executeMultipleOutputs(OPERATIONS[rule], attributes, [given, ...tensors], outputs);
  given.dispose();
  return results;
}

/** Whether the binding holds these operations: w = 5, g = 3, η = 0.5. */
function holdsOperations(backend: NativeBackend): boolean {
  return agree(0, () => {
    const tensors = [scalar(5), scalar(3)];
    const step = { rule: 'sgd', coefficients: [-0.5], tensors, count: 1, outputs: 1 } as const;
    const updated = optimize(step, backend).map(asTensor);
    return [tensor1d([3.5]), stack(updated)];
  });
}
