/**
 * @module
 * Resizing with the kernels that programs differ in. Separable; where the picture shrinks the kernel is widened, so
 * that nothing aliases (but `nearest`, which does); edges are repeated. Pixel centres lie at halves.
 */
import type { Raster } from './raster.js';

export type ResizeKernel = 'nearest' | 'box' | 'linear' | 'cubic' | 'lanczos';

export const RESIZE_KERNELS: readonly ResizeKernel[] = ['nearest', 'box', 'linear', 'cubic', 'lanczos'];

interface Kernel {
  /** half its width, in source pixels */
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

const KERNELS: Readonly<Record<Exclude<ResizeKernel, 'nearest'>, Kernel>> = {
  box: { radius: 0.5, weight: (x) => (x >= -0.5 && x < 0.5 ? 1 : 0) },
  linear: { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Catmull and Rom's
  cubic: {
    radius: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos: { radius: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** The source samples that one result is made of. */
interface Taps {
  readonly from: Int32Array;
  readonly weights: Float64Array;
}

/** Scales a picture to `width` x `height`. */
export function resize(image: Raster, width: number, height: number, kernel: ResizeKernel): Raster {
  const across = tapsOf(image.width, width, kernel);
  const wide = new Float32Array(width * image.height * 3);
  for (let y = 0, to = 0; y < image.height; y++) {
    for (const { from, weights } of across) {
      let [red, green, blue] = [0, 0, 0];
      for (let k = 0; k < from.length; k++) {
        const weight = weights[k] ?? 0;
        const at = 3 * (y * image.width + (from[k] ?? 0));
        red += weight * (image.data[at] ?? 0);
        green += weight * (image.data[at + 1] ?? 0);
        blue += weight * (image.data[at + 2] ?? 0);
      }
      wide[to++] = red;
      wide[to++] = green;
      wide[to++] = blue;
    }
  }
  const data = new Float32Array(width * height * 3);
  for (const [y, { from, weights }] of tapsOf(image.height, height, kernel).entries()) {
    for (let k = 0; k < from.length; k++) {
      const weight = weights[k] ?? 0;
      const row = 3 * width * (from[k] ?? 0);
      const to = 3 * width * y;
      for (let i = 0; i < 3 * width; i++) data[to + i] = (data[to + i] ?? 0) + weight * (wide[row + i] ?? 0);
    }
  }
  return { width, height, data };
}

function tapsOf(size: number, newSize: number, name: ResizeKernel): Taps[] {
  const ratio = size / newSize;
  return Array.from({ length: newSize }, (_, index) => {
    const centre = (index + 0.5) * ratio;
    if (name === 'nearest') {
      return { from: Int32Array.of(Math.min(size - 1, Math.floor(centre))), weights: Float64Array.of(1) };
    }
    const { radius, weight } = KERNELS[name];
    const scale = Math.max(1, ratio);
    const first = Math.ceil(centre - radius * scale - 0.5);
    const last = Math.floor(centre + radius * scale - 0.5);
    const from = new Int32Array(last - first + 1);
    const weights = new Float64Array(from.length);
    let sum = 0;
    for (let k = 0; k < from.length; k++) {
      from[k] = Math.min(size - 1, Math.max(0, first + k));
      weights[k] = weight((first + k + 0.5 - centre) / scale);
      sum += weights[k] ?? 0;
    }
    return { from, weights: weights.map((value) => value / sum) };
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
