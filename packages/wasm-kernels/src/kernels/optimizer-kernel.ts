/**
 * @module
 * The kernel `FusedOptimizer@1` of tfjs-fused-training, which takes one step of an optimiser for all variables: one pass
 * over each, by `assembly/heap/optimizers.ts`.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { fusedOptimizerCall, TRAINING_KERNELS } from 'tfjs-fused-training';
import { cannot } from '../errors.js';
import { addressOf, heapKernels } from '../heap/heap-kernels.js';

/** New values of all variables, and then each of their states, as the contract orders them. */
export const fusedOptimizer: KernelFunc = ({ inputs, attrs = {}, backend }) => {
  const heap = backend instanceof BackendWasm ? heapKernels(backend) : undefined;
  if (!(backend instanceof BackendWasm) || !heap) {
    const why = 'this is no WASM backend with 128-bit SIMD';
    throw cannot(TRAINING_KERNELS.optimizer, 'compute', why, "Use setBackend('wasm').");
  }
  const { rule, coefficients, tensors, count } = fusedOptimizerCall(inputs, attrs);
  const gradients = tensors.slice(count, 2 * count);
  const updated = [...tensors.slice(0, count), ...tensors.slice(2 * count)];
  const results = updated.map(({ shape }) => backend.makeOutput(shape, 'float32'));
  for (const [variable, gradient] of gradients.entries()) {
    const [value = 0, ...states] = addressesOf(backend, updated, variable, count);
    const from = [value, addressOf(backend, gradient), ...states];
    const to = addressesOf(backend, results, variable, count);
    heap[rule](...from, ...to, util.sizeFromShape(gradient.shape), ...coefficients);
  }
  return results;
};

/** Addresses of what belongs to one variable: every list of tensors has `count`. */
function addressesOf(
  backend: BackendWasm,
  lists: readonly TensorInfo[],
  variable: number,
  count: number,
): number[] {
  const addresses: number[] = [];
  for (let index = variable; index < lists.length; index += count) {
    const tensor = lists[index];
    if (tensor) addresses.push(addressOf(backend, tensor));
  }
  return addresses;
}
