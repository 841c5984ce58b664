/**
 * @module
 * A small variational autoencoder: strided convolutions to the mean and log-variance of a code a quarter as wide as the
 * picture, and nearest-neighbour upsampling from a sample of the code back.
 */
import { layers, type Sequential, sequential } from '@tensorflow/tfjs';
import { seededConvolutions, upsampling } from 'example-harness/seeded-layers';

/** Both halves. */
export interface Vae {
  /** float32 `[batch, 32, 32, 3]` in [-1, 1] → means and log-variances `[batch, 8, 8, 2 · channels]` */
  readonly encoder: Sequential;
  /** a code `[batch, 8, 8, channels]` → `[batch, 32, 32, 3]`, which [-1, 1] does not bound */
  readonly decoder: Sequential;
}

/** Height and width of a picture, in pixels. */
export const SIDE = 32;
/** Rows, columns and channels of the code: 256 numbers for the 3,072 of a picture. */
export const CODE = [8, 8, 4] as const;
/** Channels at half and quarter size, and at full size in the decoder. */
const [CHANNELS, FULL] = [[32, 96], 24] as const;
/** Scale of the last layers' initial weights, so small that training begins near the prior and with a grey picture. */
const [CODE_SCALE, PICTURE_SCALE] = [0.1, 0.02];

/** A variational autoencoder with seeded weights; the caller disposes both halves. */
export function variationalAutoencoder(seed: number): Vae {
  const conv = seededConvolutions(seed);
  const [, deepest] = CHANNELS;
  const [rows, columns, channels] = CODE;
  return {
    encoder: sequential({
      layers: [
        layers.inputLayer({ inputShape: [SIDE, SIDE, 3] }),
        ...CHANNELS.map((filters) => conv(filters, 4, { strides: 2 })),
        conv(deepest, 3),
        conv(2 * channels, 3, { isActive: false, scale: CODE_SCALE }), // [batch, 8, 8, 2 · channels]
      ],
    }),
    decoder: sequential({
      layers: [
        layers.inputLayer({ inputShape: [rows, columns, channels] }),
        conv(deepest, 3),
        conv(deepest, 3),
        ...CHANNELS.slice(0, -1)
          .toReversed()
          .flatMap((filters) => [upsampling(), conv(filters, 3)]),
        upsampling(),
        conv(FULL, 3),
        conv(3, 3, { isActive: false, scale: PICTURE_SCALE }),
      ],
    }),
  };
}
