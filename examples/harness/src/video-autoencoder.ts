/**
 * @module
 * A small video autoencoder: 3-D convolutions that halve time once and space twice, as CogVideo's does on a larger scale
 * (Yang et al. 2024). TensorFlow.js has no gradient of 3-D transposed convolutions, so the decoder unfolds time into
 * channels and goes on in two dimensions.
 */
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import type { PatchDiscriminatorOptions } from 'lpips-loss';
import { seedOf } from 'lpips-pictures';

/** Frames of a clip, and their height and width in pixels. */
export const FRAMES = 4;
export const SIDE = 32;

/** Options of the discriminator of its frames. */
export const DISCRIMINATOR: PatchDiscriminatorOptions = {
  inputShape: [SIDE, SIDE, 3],
  filters: 16,
  depth: 2,
  normalization: 'none',
};

/** Channels of the code and of the layers at either side of it. */
const [CODE, WIDE, DEEP] = [8, 16, 48];
/** Side of the code, and its number of moments. */
const [NARROW, MOMENTS] = [SIDE / 4, FRAMES / 2];

/** From and to float32 `[batch, 4, 32, 32, 3]` in [-1, 1], with seeded weights; the caller disposes. */
export function videoAutoencoder(seed: number): Sequential {
  let layer = 0;
  const common = (isActive: boolean) => ({
    kernelSize: 3,
    padding: 'same' as const,
    kernelInitializer: initializers.heNormal({ seed: seedOf(seed, 'layer', layer++) }),
    ...(isActive && { activation: 'swish' as const }),
  });
  const conv3d = (filters: number, strides: [number, number, number], isActive = true) =>
    layers.conv3d({
      filters,
      strides,
      ...(layer === 0 && { inputShape: [FRAMES, SIDE, SIDE, 3] }),
      ...common(isActive),
    });
  const conv = (filters: number, isActive = true) => layers.conv2d({ filters, ...common(isActive) });
  const up = () => layers.upSampling2d({ size: [2, 2], interpolation: 'nearest' });
  return sequential({
    layers: [
      conv3d(WIDE, [1, 2, 2]),
      conv3d(DEEP, [2, 2, 2]),
      conv3d(CODE, [1, 1, 1], false), // [batch, 2, 8, 8, CODE]
      layers.permute({ dims: [2, 3, 1, 4] }), // [batch, 8, 8, 2, CODE]
      layers.reshape({ targetShape: [NARROW, NARROW, MOMENTS * CODE] }),
      conv(DEEP),
      up(),
      conv(DEEP),
      up(),
      conv(DEEP),
      conv(FRAMES * 3, false), // [batch, 32, 32, frames · 3]
      layers.reshape({ targetShape: [SIDE, SIDE, FRAMES, 3] }),
      layers.permute({ dims: [3, 1, 2, 4] }), // [batch, frames, 32, 32, 3]
    ],
  });
}
