/**
 * One import registers the kernels, in any order with the other imports.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type GradConfig,
  getGradient,
  getKernel,
  grad,
  image,
  type KernelConfig,
  ones,
  setBackend,
  type Tensor4D,
  tensor4d,
} from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { registerWasmKernels, unregisterWasmKernels } from '../src/index.js';

const ADDED = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum',
];
const REPLACED = [
  'AvgPool',
  'AvgPool3D',
  'AvgPool3DGrad',
  'AvgPoolGrad',
  'BatchMatMul',
  'Conv2D',
  'Conv3D',
  'DepthwiseConv2dNative',
  'FusedConv2D',
  'FusedDepthwiseConv2D',
  'MaxPool',
  'MaxPoolWithArgmax',
  'Conv2DBackpropInput',
  'Conv3DBackpropFilterV2',
  'Conv3DBackpropInputV2',
  'MaxPool3D',
  'MaxPool3DGrad',
  'MaxPoolGrad',
];
const GRADIENTS = ['Conv2D', 'Conv2DBackpropInput', 'DepthwiseConv2dNative'];

const kernels = (names: string[]): (KernelConfig | undefined)[] =>
  names.map((name) => getKernel(name, 'wasm'));
const gradients = (): (GradConfig | undefined)[] => GRADIENTS.map((name) => getGradient(name));

describe('registering', () => {
  afterEach(registerWasmKernels);

  it('has happened at import', () => {
    expect(kernels([...ADDED, ...REPLACED])).not.toContain(undefined);
  });

  it('changes nothing when it is repeated, and prints no warning', () => {
    const before = [...kernels([...ADDED, ...REPLACED]), ...gradients()];
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    registerWasmKernels();
    registerWasmKernels();
    expect([...kernels([...ADDED, ...REPLACED]), ...gradients()]).toEqual(before);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('recognises a second copy of the package', async () => {
    const before = kernels([...ADDED, ...REPLACED]);
    vi.resetModules();
    const copy = await import('../src/index.js');
    expect(copy.registerWasmKernels).not.toBe(registerWasmKernels);
    expect(kernels([...ADDED, ...REPLACED])).toEqual(before);
    copy.unregisterWasmKernels();
    expect(kernels(ADDED)).toEqual(ADDED.map(() => undefined));
  });

  it('is undone by unregistering, which restores the stock kernels and gradients', () => {
    const [own, ownGradients] = [kernels(REPLACED), gradients()];
    unregisterWasmKernels();
    expect(kernels(ADDED)).toEqual(ADDED.map(() => undefined));
    const stock = kernels(REPLACED);
    const stockGradients = gradients();
    expect(stock).not.toContain(undefined);
    for (const [index, kernel] of stock.entries()) expect(kernel).not.toBe(own[index]);
    for (const [index, gradient] of stockGradients.entries()) expect(gradient).not.toBe(ownGradients[index]);
    unregisterWasmKernels();
    expect(kernels(REPLACED)).toEqual(stock);
    registerWasmKernels();
    unregisterWasmKernels();
    expect(kernels(REPLACED)).toEqual(stock);
    expect(gradients()).toEqual(stockGradients);
  });

  it('works in a fresh process whichever comes first: this package, TensorFlow.js or the backend', async () => {
    const imports = [
      "import 'tfjs-wasm-kernels';",
      "import * as tf from '@tensorflow/tfjs';",
      "import '@tensorflow/tfjs-backend-wasm';",
    ];
    const rotations = imports.map((_, first) => [...imports.slice(first), ...imports.slice(0, first)]);
    for (const order of [...rotations, imports.toReversed()]) {
      const program = `${order.join('\n')}
        await tf.setBackend('wasm');
        const f = (x, w) => tf.conv2d(x, w, 1, 'valid', 'NHWC', 2);
        const [, dw] = tf.grads(f)([tf.ones([1, 5, 5, 1]), tf.ones([2, 2, 1, 1])]);
        process.stdout.write(JSON.stringify([...dw.dataSync()]));`;
      expect(await printedBy(program)).toEqual([9, 9, 9, 9]);
    }
  });

  it('keeps TensorFlow.js from its own threads in isolated pages, unless the flag is set', async () => {
    const flags = "process.stdout.write(JSON.stringify(env().getFlags()['WASM_HAS_MULTITHREAD_SUPPORT']));";
    const core = "import { env } from '@tensorflow/tfjs-core'; import '@tensorflow/tfjs-backend-wasm';";
    const set = "env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);";
    const own = "await import('tfjs-wasm-kernels');";
    expect(await printedBy(core + own + flags)).toBe(false);
    expect(await printedBy(core + set + own + flags)).toBe(true);
    expect(await printedBy(core + own + set + flags)).toBe(true);
  });
});

/** What a program in a fresh process prints as JSON. */
async function printedBy(program: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  return JSON.parse(stdout);
}

it('mends the gradients of resized images on the backend cpu', async () => {
  await setBackend('cpu');
  const resize = grad((x) => image.resizeNearestNeighbor(x as Tensor4D, [2, 2]));
  const dx = resize(ones([2, 1, 1, 1]), tensor4d([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2, 1]));
  expect([...dx.dataSync()]).toEqual([6, 22]);
});
