/**
 * @module
 * The autoencoder: strided convolutions to a code, by default an eighth as wide and high, and nearest-neighbour upsampling
 * back. It has no layer of fixed size: what is trained on patches rebuilds pictures whose sides are multiples of 8 pixels.
 */
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { seedOf } from 'lpips-pictures';

/** How little of a picture its code keeps. */
export interface CodeSize {
  /** How often width and height are halved, at most 3. */
  readonly halvings: number;
  /** Channels of the code. */
  readonly channels: number;
}

/** Of the 192 values of a block of 8x8 pixels it keeps 8. */
export const CODE: CodeSize = { halvings: 3, channels: 8 };
/** Pixels by which this code is narrower than the picture. */
export const REDUCTION = 2 ** CODE.halvings;
/** Channels at the full size, a half, a quarter and an eighth, on either side. */
const CHANNELS = [16, 32, 64, 96] as const;
/** Variance of the last layer's weights times their number: small, so that training begins with a grey picture. */
const LAST_SCALE = 0.02;

/** An autoencoder with seeded weights, from and to float32 `[batch, height, width, 3]` in [-1, 1]; the caller disposes. */
export function autoencoder(seed: number, { halvings, channels }: CodeSize = CODE): Sequential {
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
  const [full, ...reduced] = CHANNELS.slice(0, halvings + 1);
  const deepest = reduced.at(-1);
  if (full === undefined || deepest === undefined) throw new RangeError('autoencoder: nothing is halved');
  const upwards = [full, ...reduced.slice(0, -1)].reverse();
  return sequential({
    layers: [
      ...reduced.map((filters) => conv(filters, 4, { strides: 2 })),
      conv(channels, 3, { activation: false }), // [batch, height / 2^halvings, width / 2^halvings, channels]
      conv(deepest, 3),
      conv(deepest, 3),
      ...upwards.flatMap((filters) => [up(), conv(filters, 3)]),
      conv(3, 3, { activation: false, scale: LAST_SCALE }),
    ],
  });
}
