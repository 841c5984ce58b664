/**
 * @module
 * The autoencoder: strided convolutions to a code, by default an eighth as wide and high, and nearest-neighbour upsampling
 * back. No layer has a fixed size, so a model that was trained on patches rebuilds whole pictures. Their sides must be multiples
 * of 8 pixels.
 */
import { type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { seededConvolutions, upsampling } from './seeded-layers.js';

/** How much of a picture its code keeps. */
export interface CodeSize {
  /** How often width and height are halved, at most 3. */
  readonly halvings: number;
  /** Channels of the code. */
  readonly channels: number;
}

/** This code keeps 8 of the 192 values of a block of 8x8 pixels. */
const CODE: CodeSize = { halvings: 3, channels: 8 };
/** How many times narrower than the picture this code is. */
export const REDUCTION = 2 ** CODE.halvings;
/** Channels at full, half, quarter and eighth size, in the encoder and in the decoder. */
const CHANNELS = [16, 32, 64, 96] as const;
/** Scale of the last layer's initial weights, so small that training begins with a grey picture. */
const LAST_SCALE = 0.02;

/** An autoencoder with seeded weights, from and to float32 `[batch, height, width, 3]` in [-1, 1]; the caller disposes. */
export function autoencoder(seed: number, { halvings, channels }: CodeSize = CODE): Sequential {
  const conv = seededConvolutions(seed);
  const [full, ...reduced] = CHANNELS.slice(0, halvings + 1);
  const deepest = reduced.at(-1);
  if (full === undefined || deepest === undefined || reduced.length !== halvings) {
    throw new RangeError(`autoencoder: expected a whole number from 1 to 3 for halvings, got ${halvings}.`);
  }
  const upwards = [full, ...reduced.slice(0, -1)].reverse();
  return sequential({
    layers: [
      ...reduced.map((filters, i) =>
        conv(filters, 4, { strides: 2, ...(i === 0 && { inputShape: [null, null, 3] }) }),
      ),
      conv(channels, 3, { isActive: false }), // [batch, height / 2^halvings, width / 2^halvings, channels]
      conv(deepest, 3),
      conv(deepest, 3),
      ...upwards.flatMap((filters) => [upsampling(), conv(filters, 3)]),
      conv(3, 3, { isActive: false, scale: LAST_SCALE }),
    ],
  });
}
