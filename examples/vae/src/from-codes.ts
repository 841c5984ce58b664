/**
 * @module
 * What a trained variational autoencoder is for: it rebuilds pictures from the means of their codes, makes pictures of
 * samples of the prior, and walks between the codes of two pictures. All results are in [-1, 1]; the caller disposes them.
 */
import {
  add,
  clipByValue,
  linspace,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs';
import { codeSampler, type DiagonalGaussian, diagonalGaussian } from 'lpips-loss';
import { CODE, type Vae } from './model.js';

/** The codes of pictures `[batch, 32, 32, 3]`. */
export function encode({ encoder }: Vae, pictures: Tensor4D): DiagonalGaussian {
  return tidy(() => diagonalGaussian(encoder.predict(pictures) as Tensor));
}

/** Pictures from codes `[batch, 8, 8, 4]`. */
function decode({ decoder }: Vae, codes: Tensor): Tensor4D {
  return tidy(() => clipByValue(decoder.predict(codes) as Tensor4D, -1, 1));
}

/** Pictures from the means of their codes. */
export function rebuild(vae: Vae, pictures: Tensor4D): Tensor4D {
  return tidy(() => decode(vae, encode(vae, pictures).mean));
}

/** Pictures of seeded samples of the prior. */
export function drawFromPrior(vae: Vae, count: number, seed: number): Tensor4D {
  return tidy(() => {
    const prior = zeros([count, ...CODE]); // of means and of log-variances
    return decode(vae, codeSampler(seed)({ mean: prior, logVariance: prior }));
  });
}

/**
 * Pictures on the straight line between the codes of two pictures, both ends included.
 *
 * @param ends `[2, 32, 32, 3]`
 */
export function walk(vae: Vae, ends: Tensor4D, count: number): Tensor4D {
  return tidy(() => {
    const { mean } = encode(vae, ends);
    const [from, to] = [slice(mean, [0], [1]), slice(mean, [1], [1])];
    const share = reshape(linspace(0, 1, count), [count, 1, 1, 1]);
    return decode(vae, add(from, mul(share, sub(to, from))));
  });
}
