/**
 * @module
 * The autoencoder: three strided convolutions to a code an eighth as wide and high, and nearest-neighbour upsampling back.
 * It has no layer of fixed size, so what is trained on patches rebuilds pictures whose sides are any multiples of 8 pixels.
 */
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { seedOf } from 'bapps-train/pictures';

/** Pixels by which the code is narrower than the picture. */
export const REDUCTION = 8;
/** Channels of the code: of the 192 values of a block of 8x8 pixels it keeps 8. */
export const CODE = 8;
/** Channels at the full size, a half, a quarter and an eighth, on either side. */
const CHANNELS = [16, 32, 64, 96] as const;
/** Variance of the last layer's weights times their number: small, so that training begins with a grey picture. */
const LAST_SCALE = 0.02;

/** An autoencoder with seeded weights, from and to float32 `[batch, height, width, 3]` in [-1, 1]; the caller disposes. */
export function autoencoder(seed: number): Sequential {
  let layer = 0;
  const conv = (filters: number, kernelSize: number, { strides = 1, activation = true, scale = 2 } = {}) =>
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
      }), // of scale 2: He et al. 2015
      ...(activation && { activation: 'swish' as const }),
      ...(layer === 1 && { inputShape: [null, null, 3] }),
    });
  const up = () => layers.upSampling2d({ size: [2, 2], interpolation: 'nearest' });
  const [wide, middle, deep, deepest] = CHANNELS;
  return sequential({
    layers: [
      conv(middle, 4, { strides: 2 }),
      conv(deep, 4, { strides: 2 }),
      conv(deepest, 4, { strides: 2 }),
      conv(CODE, 3, { activation: false }), // [batch, height / 8, width / 8, CODE]
      conv(deepest, 3),
      conv(deepest, 3),
      up(),
      conv(deep, 3),
      up(),
      conv(middle, 3),
      up(),
      conv(wide, 3),
      conv(3, 3, { activation: false, scale: LAST_SCALE }),
    ],
  });
}
