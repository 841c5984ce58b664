/**
 * @module
 * The autoencoder: two strided convolutions to a code a quarter as wide and high, and nearest-neighbour upsampling back. It
 * has no layer of fixed size, so what is trained on patches rebuilds pictures whose sides are any multiples of 4 pixels.
 */
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { seedOf } from 'bapps-train/pictures';

/** Pixels by which the code is narrower than the picture. */
export const REDUCTION = 4;
/** Channels of the code: of the 48 values of a block of 4x4 pixels it keeps 3. */
export const CODE = 3;
/** Channels at the full size, a half and a quarter, on either side. */
const CHANNELS = [16, 32, 64] as const;

/** An autoencoder with seeded weights, from and to float32 `[batch, height, width, 3]` in [-1, 1]; the caller disposes. */
export function autoencoder(seed: number): Sequential {
  let layer = 0;
  const conv = (filters: number, kernelSize: number, { strides = 1, activation = true } = {}) =>
    layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      kernelInitializer: initializers.heNormal({ seed: seedOf(seed, 'layer', layer++) }),
      ...(activation && { activation: 'swish' as const }),
      ...(layer === 1 && { inputShape: [null, null, 3] }),
    });
  const up = () => layers.upSampling2d({ size: [2, 2], interpolation: 'nearest' });
  const [wide, middle, deep] = CHANNELS;
  return sequential({
    layers: [
      conv(middle, 4, { strides: 2 }),
      conv(deep, 4, { strides: 2 }),
      conv(CODE, 3, { activation: false }), // [batch, height / 4, width / 4, CODE]
      conv(deep, 3),
      conv(deep, 3),
      up(),
      conv(middle, 3),
      up(),
      conv(wide, 3),
      conv(3, 3, { activation: false }),
    ],
  });
}
