import {
  grad,
  layers,
  memory,
  type Sequential,
  sequential,
  setBackend,
  sum,
  type Tensor,
  tanh,
  tensor,
  tidy,
} from '@tensorflow/tfjs';
import {
  type NamedTensorInfoMap,
  registerKernel,
  serialization,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fuseLayers, TRAINING_KERNELS } from '../../src/index.js';

/** Two evaluations in float32. */
const FLOAT32 = 1e-6;

const calls: string[] = [];

const sigma = (x: number) => 1 / (1 + Math.exp(-x));
/** f, and f' from what the kernel for the gradient is given. */
const FUNCTIONS: Record<string, readonly [(x: number) => number, (value: number) => number]> = {
  linear: [(x) => x, () => 1],
  relu: [(x) => Math.max(x, 0), (y) => Number(y > 0)],
  swish: [(x) => x * sigma(x), (x) => sigma(x) * (1 + x * (1 - sigma(x)))],
  tanh: [Math.tanh, (y) => 1 - y * y],
};

/** Kernels for the backend cpu, number by number, which know some activations. */
function registerPlainKernels(): void {
  const { activation, activationGradient, biasGradient } = TRAINING_KERNELS;
  const register = (kernelName: string, compute: (tensors: Record<string, Tensor>, name: string) => Tensor) =>
    registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }: { inputs: NamedTensorInfoMap; attrs?: object }): TensorInfo => {
        const name = String(Reflect.get(attrs ?? {}, 'activation'));
        calls.push(`${kernelName} ${name}`);
        return compute(inputs as Record<string, Tensor>, name);
      },
    });
  const functionsOf = (name: string) => FUNCTIONS[name] ?? [() => Number.NaN, () => Number.NaN];
  register(activation, ({ x }, name) => {
    const [f] = functionsOf(name);
    return tensor(Float32Array.from((x as Tensor).dataSync(), f), (x as Tensor).shape);
  });
  register(activationGradient, ({ dy, value }, name) => {
    const [, slope] = functionsOf(name);
    const slopes = Float32Array.from((value as Tensor).dataSync(), slope);
    return tensor(
      (dy as Tensor).dataSync().map((d, i) => d * (slopes[i] ?? 0)),
      (dy as Tensor).shape,
    );
  });
  register(biasGradient, ({ dy }) => sum(dy as Tensor, 0));
}

function activated(name: 'swish' | 'tanh' | 'relu6'): Sequential {
  return sequential({ layers: [layers.activation({ activation: name, inputShape: [4] })] });
}

/** Values and gradients of a layer. */
function results(model: Sequential): [number[], number[]] {
  return tidy(() => {
    const x = tensor([[-3, -0.5, 0.25, 2]]);
    const apply = (x: Tensor) => model.apply(x) as Tensor;
    return [[...apply(x).dataSync()], [...grad(apply)(x).dataSync()]];
  });
}

describe('layers of TensorFlow.js', () => {
  beforeAll(async () => {
    await setBackend('cpu');
    fuseLayers();
    fuseLayers();
  });
  afterEach(() => {
    calls.length = 0;
    for (const name of Object.values(TRAINING_KERNELS)) unregisterKernelIfThere(name);
  });

  it('take the kernels of the current backend, each way', () => {
    const model = activated('swish');
    const [y, dx] = results(model);
    expect(calls).toEqual([]);
    registerPlainKernels();
    const [fusedY, fusedDx] = results(model);
    for (const [i, value] of y.entries()) expect(fusedY[i]).toBeCloseTo(value, -Math.log10(FLOAT32));
    for (const [i, value] of dx.entries()) expect(fusedDx[i]).toBeCloseTo(value, -Math.log10(FLOAT32));
    expect(calls).toContain('FusedActivation@1 swish');
    expect(calls.at(-1)).toBe('FusedActivationGrad@1 swish');
  });

  it('keep their own function where the kernel gives another', () => {
    const model = activated('relu6');
    const stock = results(model);
    registerPlainKernels();
    expect(results(model)).toEqual(stock);
  });

  it('keep the gradient of an operation that TensorFlow.js has, and take it in one kernel', () => {
    const slope = () => tidy(() => [...grad((x: Tensor) => tanh(x))(tensor([-1, 0.5])).dataSync()]);
    const stock = slope();
    registerPlainKernels();
    for (const [i, value] of slope().entries()) expect(value).toBeCloseTo(stock[i] ?? Number.NaN, 6);
    expect(calls).toEqual(['FusedActivationGrad@1 tanh']);
  });

  it('are hooked where tfjs-layers is loaded afterwards, and a class of another function is not taken', () => {
    class Doubling extends serialization.Serializable {
      static readonly className = 'swish';
      apply(x: Tensor): Tensor {
        return x.mul(2);
      }
      getConfig() {
        return {};
      }
    }
    const { classNameMap } = serialization.SerializationMap.getMap();
    const own = classNameMap['swish'];
    serialization.registerClass(Doubling);
    registerPlainKernels();
    const doubled = tidy(() => [...new Doubling().apply(tensor([1, -2])).dataSync()]);
    expect(doubled).toEqual([2, -4]);
    expect(calls).toContain('FusedActivation@1 swish');
    if (own) classNameMap['swish'] = own;
  });

  it('leave no tensor behind', () => {
    registerPlainKernels();
    const model = activated('swish');
    results(model);
    const { numTensors } = memory();
    results(model);
    expect(memory().numTensors).toBe(numTensors);
  });
});

function unregisterKernelIfThere(name: string): void {
  try {
    unregisterKernel(name, 'cpu');
  } catch {
    // It was not registered.
  }
}
