/**
 * @module
 * VGG16 on WASM, a pair of 2x64x64x3: this project against the same equation in plain operations of TensorFlow.js, which
 * take one thread.
 */
import { grad, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { Lpips } from 'lpips-core';
import { useThreads } from 'tfjs-wasm-kernels';
import { alternate } from './alternate.js';
import { plainVgg16 } from './plain-vgg16.js';
import { relativeDifference } from './relative-difference.js';
import { seededImages, seededWeights } from './seeded.js';
import { onStockKernels } from './stock-kernels.js';

/** Milliseconds of each turn on so many threads, and by how much the two gradients differ (relative L2). */
export function vgg16OnWasm(threads: number, rounds?: number) {
  useThreads(threads);
  const weights = seededWeights('vgg');
  const lpips = Lpips.fromWeights(weights, { net: 'vgg' });
  const plain = plainVgg16(weights);
  // With some seeds an activation is 0 except for rounding, and its relu makes the two gradients differ by 5e-3.
  const [image, reference] = [seededImages(2, 64, 3), seededImages(2, 64, 4)];
  const features = lpips.features(reference);
  const read = (work: () => Tensor) => () => {
    tidy(() => {
      work().dataSync();
    });
  };
  const gradient = (distance: (x: Tensor4D) => Tensor) => () => grad(() => distance(image))(image);
  const valuesOf = (distance: (x: Tensor4D) => Tensor) => tidy(() => gradient(distance)().dataSync());
  const own = valuesOf((x) => lpips.distance(x, reference));
  const stock = onStockKernels(() => valuesOf((x) => plain(x, reference)))();
  const times = alternate(
    {
      forward: read(() => lpips.distance(image, reference)),
      'plain forward': onStockKernels(read(() => plain(image, reference))),
      gradient: read(gradient((x) => lpips.distance(x, reference))),
      'gradient, cached reference': read(gradient((x) => lpips.distance(x, features))),
      'plain gradient': onStockKernels(read(gradient((x) => plain(x, reference)))),
    },
    rounds === undefined ? {} : { rounds },
  );
  features.dispose();
  lpips.dispose();
  return { times, gradientsDifferBy: relativeDifference(own, stock) };
}
