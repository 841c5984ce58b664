/**
 * @module
 * Activations, biases and their gradients by the operations of cpp/activation.cc, under the names by which
 * tfjs-fused-training looks for them.
 */
import {
  getKernel,
  type KernelConfig,
  registerKernel,
  relu,
  type TensorInfo,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { ACTIVATIONS, type Activation, TRAINING_KERNELS } from 'tfjs-fused-training';
import { invalid } from '../errors.js';
import { ATTRIBUTE, type Attribute, BACKEND, inputOf, type NativeBackend } from './tensorflow-operation.js';
import { agree, asTensor } from './try-kernel.js';

/** Registers the kernels once the backend is registered, where the binding holds their operations. */
export function registerActivations(backend: NativeBackend): void {
  const { activation, activationGradient, biasGradient } = TRAINING_KERNELS;
  if (getKernel(activation, BACKEND) || !computesRelu(backend)) return;
  const register = (kernelName: string, kernelFunc: KernelConfig['kernelFunc']) =>
    registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  register(activation, ({ inputs, attrs }) =>
    activate(
      inputOf(inputs, activation, 'x'),
      inputs['bias'],
      activationIn(activation, { ...attrs }),
      backend,
    ),
  );
  register(activationGradient, ({ inputs, attrs }) => {
    const tensors = ['dy', 'value'].map((name) => inputOf(inputs, activationGradient, name));
    const attributes = activationAttributes(activationIn(activationGradient, { ...attrs }));
    if (attrs?.['sumsBias'] !== true) {
      return backend.executeSingleOutput('LpipsActivationGrad', attributes, tensors);
    }
    return backend.executeMultipleOutputs('LpipsActivationBiasGrad', attributes, tensors, 2);
  });
  register(biasGradient, ({ inputs }) =>
    backend.executeSingleOutput('LpipsBiasGrad', [], [inputOf(inputs, biasGradient, 'dy')]),
  );
}

/** f(x), or f(x + bias) where there is one. */
export function activate(
  x: TensorInfo,
  bias: TensorInfo | undefined,
  activation: Activation,
  backend: NativeBackend,
): TensorInfo {
  const attributes = activationAttributes(activation);
  if (!bias) return backend.executeSingleOutput('LpipsActivation', attributes, [x]);
  return backend.executeSingleOutput('LpipsBiasActivation', attributes, [x, bias]);
}

/** @throws NativeError where a kernel's attributes do not name an activation */
export function activationIn(kernel: string, { activation, alpha }: Partial<Activation>): Activation {
  if (activation === undefined || alpha === undefined || !ACTIVATIONS.includes(activation)) {
    const expected = `one of ${ACTIVATIONS.join(', ')}, and a number`;
    throw invalid(kernel, expected, 'activation and alpha', `${activation} and ${alpha}`);
  }
  return { activation, alpha };
}

/** The attributes of an operation that takes an activation. */
export function activationAttributes({ activation, alpha }: Activation): Attribute[] {
  return [
    { name: 'activation', type: ATTRIBUTE.int, value: ACTIVATIONS.indexOf(activation) },
    { name: 'alpha', type: ATTRIBUTE.float, value: alpha },
  ];
}

/** Whether the binding holds these operations. tfjs-node's own binding has none. */
function computesRelu(backend: NativeBackend): boolean {
  return tidy(() => {
    const x = tensor1d([-1, 2, 3]);
    const activation: Activation = { activation: 'relu', alpha: 0 };
    return agree(0, () => [relu(x), asTensor(activate(x, undefined, activation, backend))]);
  });
}
