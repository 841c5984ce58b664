/**
 * @module
 * Layers of the examples' autoencoders, with seeded weights.
 */
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { seedOf } from 'lpips-pictures';

/** How a convolution differs from one of stride 1 with swish and the initialisation of He et al. 2015. */
export interface ConvolutionOptions {
  readonly strides?: number;
  readonly isActive?: boolean;
  /** Of the initial weights; 2 is that of He et al. */
  readonly scale?: number;
  /** Of a model's first layer: `[height, width, channels]`, null for any size. */
  readonly inputShape?: (number | null)[];
}

/** Makes convolutions with the padding `'same'`, each with initial weights of its own, which the seed and their order give. */
export function seededConvolutions(seed: number) {
  let layer = 0;
  return (
    filters: number,
    kernelSize: number,
    { strides = 1, isActive = true, scale = 2, inputShape }: ConvolutionOptions = {},
  ) =>
    layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      kernelInitializer: initializers.varianceScaling({
        scale,
        mode: 'fanIn',
        distribution: 'truncatedNormal',
        seed: seedOf(seed, 'layer', layer++),
      }),
      ...(isActive && { activation: 'swish' as const }),
      ...(inputShape && { inputShape }),
    });
}

/** Repeats every pixel in both directions. */
export function upsampling() {
  return layers.upSampling2d({ size: [2, 2], interpolation: 'nearest' });
}
