/**
 * @module
 * The head of one tap of LPIPS, Σ_c w_c (u − v)_c², on WASM. TensorFlow.js writes the squared difference of a whole
 * tap to memory and reads it back. Here the same two functions of its WASM module work on strips of pixels, whose
 * difference stays in the cache. The bits are the same, and threads compete less for memory.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Conv2D, getKernel, registerKernel, SquaredDifference, type TensorInfo } from '@tensorflow/tfjs-core';
import { unsupported } from '../errors.js';

/**
 * The name by which lpips-core looks for the kernel. The number is the version of the kernel's contract, which is its
 * inputs, outputs and attributes. It rises with every change of the contract.
 */
export const WEIGHTED_SQUARED_DIFFERENCE = 'LpipsWeightedSquaredDifference@1';

/** Numbers in a strip: 128 KiB, so that u, v and their difference fit into the cache of one core. */
const STRIP = 32_768;
/** The number of float32 in the WASM module. */
const FLOAT32 = 0;

/** Emscripten's `cwrap`, which makes functions of the WASM module callable. TensorFlow.js's types leave it out. */
interface Wrapper {
  readonly cwrap: (name: string, result: null, parameters: readonly ('number' | 'array')[]) => WasmFunction;
}
type WasmFunction = (...args: readonly (number | Uint8Array)[]) => void;

/** Functions of a WASM module. They take the numbers under which the module knows tensors. */
interface Functions {
  /** Of `size` numbers each. */
  readonly squaredDifference: (a: number, b: number, size: number, result: number) => void;
  /** `[pixels, channels]` by `[1, 1, channels, 1]`. */
  readonly head: (x: number, weights: number, pixels: number, channels: number, result: number) => void;
}

const known = new WeakMap<object, Functions>();

/** Registers the kernel under the name by which lpips-core looks for it. A second call changes nothing. */
export function registerWeightedSquaredDifference(): void {
  const kernelName = WEIGHTED_SQUARED_DIFFERENCE;
  if (getKernel(kernelName, 'wasm')) return;
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs: { u, v, weights }, backend }) => {
      if (!(backend instanceof BackendWasm) || !u || !v || !weights) {
        throw new Error(`${kernelName}: u, v and weights on the WASM backend are needed`);
      }
      return weightedSquaredDifference(backend, u, v, weights);
    },
  });
}

/**
 * @param u float32 `[batch, height, width, channels]`
 * @param v as u, or with a batch of 1 that stands against every u
 * @param weights float32 `[1, 1, channels, 1]`
 * @returns float32 `[batch, height, width, 1]`
 */
function weightedSquaredDifference(
  backend: BackendWasm,
  u: TensorInfo,
  v: TensorInfo,
  weights: TensorInfo,
): TensorInfo {
  const [batch, height, width, channels] = sidesOf(u);
  const { squaredDifference, head } = functionsOf(backend);
  const result = backend.makeOutput([batch, height, width, 1], 'float32');
  const most = Math.max(1, Math.floor(STRIP / channels)); // pixels of a strip
  const difference = backend.makeOutput([most, channels], 'float32');
  const [ofU, ofV] = [new Window(backend, u), new Window(backend, v)];
  const [ofDifference, ofResult] = [new Window(backend, difference), new Window(backend, result)];
  const weightsId = backend.dataIdMap.get(weights.dataId).id;
  const area = height * width;
  const [others] = sidesOf(v);
  for (let image = 0; image < batch; image++) {
    const other = others === 1 ? 0 : image;
    for (let start = 0; start < area; start += most) {
      const pixels = Math.min(most, area - start);
      const size = pixels * channels;
      ofU.move((image * area + start) * channels, size);
      ofV.move((other * area + start) * channels, size);
      ofDifference.move(0, size);
      ofResult.move(image * area + start, pixels);
      squaredDifference(ofU.id, ofV.id, size, ofDifference.id);
      head(ofDifference.id, weightsId, pixels, channels, ofResult.id);
    }
  }
  for (const window of [ofU, ofV, ofDifference, ofResult]) window.close();
  backend.disposeData(difference.dataId);
  return result;
}

function sidesOf({ shape }: TensorInfo): [batch: number, height: number, width: number, channels: number] {
  const [batch, height, width, channels] = shape;
  if (batch === undefined || height === undefined || width === undefined || channels === undefined) {
    const got = `[${shape.join(', ')}]`;
    throw unsupported(
      WEIGHTED_SQUARED_DIFFERENCE,
      '4 dimensions',
      'u and v',
      got,
      'Add a batch axis with expandDims(0).',
    );
  }
  return [batch, height, width, channels];
}

/** A tensor of the WASM module that shares the memory of a part of another tensor. */
class Window {
  /** The tensor's number in the WASM module. */
  readonly id: number;
  readonly #backend: BackendWasm;
  readonly #address: number;
  readonly #dataId: TensorInfo['dataId'];

  constructor(backend: BackendWasm, tensor: TensorInfo) {
    this.#backend = backend;
    this.#address = backend.getMemoryOffset(tensor.dataId);
    this.#dataId = backend.makeOutput([0], 'float32', this.#address).dataId;
    this.id = backend.dataIdMap.get(this.#dataId).id;
  }

  /** Moves to the `size` numbers that begin at index `start`. */
  move(start: number, size: number): void {
    const { tfjs } = this.#backend.wasm;
    tfjs.disposeData(this.id);
    tfjs.registerTensor(this.id, size, this.#address + start * Float32Array.BYTES_PER_ELEMENT);
  }

  /** Forgets the window. The memory stays with the tensor that it belongs to. */
  close(): void {
    this.#backend.wasm.tfjs.disposeData(this.id);
    this.#backend.dataIdMap.delete(this.#dataId);
  }
}

function functionsOf({ wasm }: BackendWasm): Functions {
  const found = known.get(wasm);
  if (found !== undefined) return found;
  const module: object = wasm;
  if (!isWrapper(module)) throw new Error('the WASM module has no cwrap');
  const { cwrap } = module;
  const shaped = ['number', 'array', 'number'] as const;
  const binary = cwrap(SquaredDifference, null, [...shaped, ...shaped, 'number', 'number']);
  const convolution = cwrap(Conv2D, null, Array<'number'>(19).fill('number'));
  const functions: Functions = {
    squaredDifference: (a, b, size, result) => {
      const shape = new Uint8Array(Int32Array.of(size).buffer);
      binary(a, shape, 1, b, shape, 1, FLOAT32, result);
    },
    head: (x, weights, pixels, channels, result) => {
      const size = [1, 1, pixels] as const; // batch, height, width
      const window = [1, 1] as const;
      const padding = [0, 0, 0, 0] as const;
      const isSame = 0;
      const dilation = [1, 1] as const;
      const stride = [1, 1] as const;
      const outputs = 1;
      convolution(
        x,
        ...size,
        weights,
        ...window,
        ...padding,
        isSame,
        ...dilation,
        ...stride,
        channels,
        outputs,
        result,
      );
    },
  };
  known.set(wasm, functions);
  return functions;
}

function isWrapper(module: object): module is Wrapper {
  return 'cwrap' in module && typeof module.cwrap === 'function';
}
