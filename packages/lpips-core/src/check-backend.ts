/**
 * @module
 * A self-check of the current backend. WebGPU on some devices, and WebGL in 16 bits, give wrong gradients without any
 * error; a model that is trained on them does not learn.
 *
 * The case is built in: seeded weights in the shape of `lite` and two seeded images. All values are short binary
 * fractions, so every machine makes the same ones. The expected results were computed on TensorFlow.js's cpu backend and
 * stand here as constants, so the check needs no second backend. The gradient g is represented by its products
 * p_k = s_k · g with seeded vectors s_k of ±1: if g has an error e, they differ by s_k · e, whose mean square is ‖e‖².
 */
import { getBackend, grad, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { weightShapes } from './backbones/check-weights.js';
import { cannot } from './errors.js';
import { at } from './item-at.js';
import { Lpips } from './lpips.js';
import { floatBits } from './operations/backend-traits.js';
import type { Weight } from './weights/weight-map.js';

/** How correctly the current backend computes. */
export interface BackendCheck {
  /** Name of the backend. */
  readonly backend: string;
  /** Number of bits in which the backend keeps floats. */
  readonly bits: 16 | 32;
  /** Relative error of the distance; NaN if the backend gave NaN or failed. */
  readonly distanceError: number;
  /** Relative error (L2) of the gradient with respect to the image, known to within a third; NaN as above. */
  readonly gradientError: number;
  /** Whether both errors are as small as that many bits allow. */
  readonly ok: boolean;
  /** The result as a sentence to show to people. */
  readonly sentence: string;
}

/** Largest errors that count as rounding. In 16 bits, rounding moves some units to the other side of their relu. */
const BARS = { 32: { distance: 1e-4, gradient: 1e-3 }, 16: { distance: 1e-2, gradient: 0.2 } } as const;

const SIDE = 32;
/** Seeds of the images and of the signs. The seeds of the weights count from 1. */
const SEEDS = { image: 101, reference: 102, signs: 201 };

/** What the cpu backend gives. */
const EXPECTED = {
  distance: 1.1194789,
  gradientNorm: 0.05718277,
  products: [
    0.04526656, 0.03134964, 0.09973693, 0.07765616, -0.06901705, 0.08892637, 0.06648132, 0.10935196,
    -0.07816883, 0.07506349, -0.00431377, -0.03495289, 0.0360916, 0.03061137, -0.08023432, 0.03539601,
  ],
};

/**
 * Computes the distance and the gradient of the built-in case on the current backend. On a GPU this takes well under a
 * second.
 *
 * @returns the errors found; a backend that fails or gives wrong numbers is reported as `ok: false`
 * @throws LpipsError if no backend is selected
 */
export async function checkBackend(): Promise<BackendCheck> {
  const backend = getBackend();
  if (backend === undefined) {
    const why = 'none is selected';
    throw cannot('checkBackend', 'check the backend', why, 'Call tf.setBackend and await tf.ready().');
  }
  const bits = floatBits();
  try {
    const { distance, gradient } = await measureCase();
    const distanceError = Math.abs(distance / EXPECTED.distance - 1);
    const gradientError = productError(productsOf(gradient));
    const ok = distanceError <= BARS[bits].distance && gradientError <= BARS[bits].gradient;
    const found = { backend, bits, distanceError, gradientError, ok };
    return { ...found, sentence: sentenceOf(found) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `${backend} cannot compute LPIPS here: ${reason}`;
    const none = Number.NaN;
    return { backend, bits, distanceError: none, gradientError: none, ok: false, sentence };
  }
}

/** Distance and gradient with respect to the image (`SIDE * SIDE * 3` values) of the built-in case. */
export async function measureCase(): Promise<{ distance: number; gradient: Float32Array }> {
  const lpips = Lpips.fromWeights(seededWeights(), { net: 'lite', onWarning: null });
  const [image, reference] = [seededImage(SEEDS.image), seededImage(SEEDS.reference)];
  try {
    const distances = lpips.distance(image, reference);
    const distance = await distances.data();
    distances.dispose();
    const gradients = tidy(() => grad(() => lpips.distance(image, reference))(image, tensor1d([1])));
    const gradient = await gradients.data<'float32'>();
    gradients.dispose();
    return { distance: at(distance, 0), gradient };
  } finally {
    for (const used of [lpips, image, reference]) used.dispose();
  }
}

/** s_k · g for every k. */
export function productsOf(gradient: Iterable<number>): number[] {
  return Array.from({ length: EXPECTED.products.length }, (_, k) => {
    const next = seeded(SEEDS.signs + k);
    let product = 0;
    for (const value of gradient) product += (next() < 0 ? -1 : 1) * value;
    return product;
  });
}

function productError(products: readonly number[]): number {
  const square = EXPECTED.products.reduce((sum, expected, k) => sum + (at(products, k) - expected) ** 2, 0);
  return Math.sqrt(square / EXPECTED.products.length) / EXPECTED.gradientNorm;
}

function sentenceOf({
  backend,
  bits,
  distanceError,
  gradientError,
  ok,
}: Omit<BackendCheck, 'sentence'>): string {
  const errors = `${errorOf('distances', distanceError)}, ${errorOf('gradients', gradientError)}`;
  if (ok && bits === 32) return `${backend} computes correctly: ${errors}.`;
  if (ok) {
    return `${backend} keeps floats in 16 bits: ${errors}. This is enough to compare images, but coarse for training.`;
  }
  const isGradientAlone = distanceError <= BARS[bits].distance;
  const use = isGradientAlone ? 'Compare images on it, but do not train' : 'Do not use it';
  return `${backend} gives wrong results on this device: ${errors}. ${use}; WASM is correct on every device.`;
}

function errorOf(what: string, share: number): string {
  return Number.isFinite(share) ? `${what} are off by ${(share * 100).toPrecision(2)} %` : `${what} are NaN`;
}

/** Weights in the shape of `lite`: He-uniform convolutions, small biases, heads ≥ 0. */
function seededWeights(): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const [name, shape] of weightShapes('lite')) {
    const size = shape.reduce((product, side) => product * side, 1);
    const [out = 1] = shape;
    const next = seeded(weights.size + 1);
    const bound = name.endsWith('bias') ? 0.125 : 2 ** Math.round(Math.log2(Math.sqrt((6 * out) / size)));
    const draw = name.startsWith('lin') ? () => Math.abs(next()) : () => next() * bound;
    weights.set(name, { shape, data: Float32Array.from({ length: size }, draw) });
  }
  return weights;
}

function seededImage(seed: number): Tensor4D {
  return tensor4d(Float32Array.from({ length: SIDE * SIDE * 3 }, seeded(seed)), [1, SIDE, SIDE, 3]);
}

/** Seeded multiples of 2^-10 in [-1, 1), which 16-bit floats represent exactly (xorshift32). */
function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >> 21) / 1024;
  };
}
