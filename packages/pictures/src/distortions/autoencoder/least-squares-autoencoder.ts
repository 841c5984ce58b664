/**
 * @module
 * Small autoencoders with the faults of generator networks. The encoder is random and its code is too small; the decoder
 * is fitted to photographs by least squares. They blur, bleed, forget colours, leave blocks and checkerboards, and invent
 * what the code does not hold, as the networks do that made the "cnn" pictures of BAPPS (Zhang et al. 2018, table 2:
 * corrupted inputs, architectures, upsampling).
 */
import { outside } from '../../outside.js';
import { type Random, seededRandom, wholeBetween } from '../../random.js';
import { mapSamples, type Raster, roundToBytes } from '../../raster.js';
import { resize } from '../../resize.js';
import { blur, shrinkAndEnlarge } from '../filters.js';
import { addNoise, addPinkNoise } from '../noise.js';
import { changeSaturation } from '../photometric.js';
import { type AutoencoderPlan, isHalf, patchPlace, patchSide } from './autoencoder-plan.js';
import { LeastSquares } from './least-squares.js';
import {
  type Code,
  encode,
  multiply,
  neighbourhoodSize,
  randomFilters,
  readNeighbourhood,
  readPatch,
} from './random-encoder.js';

/** Rows of the least-squares problem: more than ten times the weights of an output. */
const MOST_ROWS = 2000;

/** An autoencoder whose decoder has been fitted. */
export class LeastSquaresAutoencoder {
  readonly plan: AutoencoderPlan;
  /** `[2 stride · 2 stride · 3, channels]` */
  readonly #encoder: Float64Array;
  /** `[9 channels + 1, patch · patch · 3]` */
  readonly #decoder: Float64Array;

  private constructor(plan: AutoencoderPlan, encoder: Float64Array, decoder: Float64Array) {
    this.plan = plan;
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  /** Fits the decoder of a plan to pictures. */
  static fit(plan: AutoencoderPlan, pictures: readonly Raster[]): LeastSquaresAutoencoder {
    const random = seededRandom(plan.seed);
    const encoder = randomFilters(plan, random);
    const side = patchSide(plan);
    const inputs = neighbourhoodSize(plan);
    const problem = new LeastSquares(inputs, side * side * 3);
    const [x, y] = [new Float64Array(inputs), new Float64Array(side * side * 3)];
    const perPicture = Math.max(1, Math.floor(MOST_ROWS / pictures.length));
    for (const picture of pictures) {
      const code = encode(corrupt(picture, plan, random), encoder, plan);
      const target = isHalf(plan) ? resize(picture, picture.width / 2, picture.height / 2, 'box') : picture;
      for (let row = 0; row < perPicture; row++) {
        const column = wholeBetween(random, 0, code.across - 1);
        const line = wholeBetween(random, 0, code.down - 1);
        readNeighbourhood(code, column, line, x);
        readPatch(target, patchPlace(plan, column), patchPlace(plan, line), side, y);
        problem.add(x, y);
      }
    }
    return new LeastSquaresAutoencoder(plan, encoder, problem.solve(plan.ridge));
  }

  /**
   * Encodes and decodes a picture.
   *
   * @param random for the corruption and the dropout
   * @returns a picture of the same size that holds 8-bit values
   */
  apply(picture: Raster, random: Random): Raster {
    const { plan } = this;
    const input = corrupt(picture, plan, random);
    const code = encode(input, this.#encoder, plan);
    if (plan.dropout > 0) {
      for (let i = 0; i < code.data.length; i++) if (random.uniform() < plan.dropout) code.data[i] = 0;
    }
    const output = this.#decode(code, picture);
    if (plan.skip === 0) return roundToBytes(output);
    const coarse = blur(input, plan.stride / 2);
    return roundToBytes(
      mapSamples(
        output,
        (value, _, i) => value + plan.skip * ((input.data[i] ?? outside()) - (coarse.data[i] ?? outside())),
      ),
    );
  }

  #decode(code: Code, { width, height }: Raster): Raster {
    const { plan } = this;
    const half = isHalf(plan) ? 2 : 1;
    const [w, h] = [width / half, height / half];
    const side = patchSide(plan);
    const outputs = side * side * 3;
    const sum = new Float64Array(w * h * 3);
    const coverage = new Float64Array(w * h);
    const x = new Float64Array(neighbourhoodSize(plan));
    const patch = new Float64Array(outputs);
    for (let line = 0; line < code.down; line++) {
      for (let column = 0; column < code.across; column++) {
        readNeighbourhood(code, column, line, x);
        multiply(x, this.#decoder, patch);
        const [left, top] = [patchPlace(plan, column), patchPlace(plan, line)];
        for (let i = 0; i < side * side; i++) {
          const [px, py] = [left + (i % side), top + Math.floor(i / side)];
          if (px < 0 || py < 0 || px >= w || py >= h) continue;
          const at = py * w + px;
          coverage[at] = (coverage[at] ?? outside()) + 1;
          for (let c = 0; c < 3; c++) {
            sum[3 * at + c] = (sum[3 * at + c] ?? outside()) + (patch[3 * i + c] ?? outside()) + 0.5;
          }
        }
      }
    }
    const usual = (side * side * code.across * code.down) / (w * h);
    const data = Float32Array.from(sum, (value, i) => {
      const own = coverage[Math.floor(i / 3)] ?? outside();
      // Weights that were fitted to the usual coverage give too much where more patches meet.
      return (value / own) * (own / usual) ** plan.unevenness;
    });
    const decoded = { width: w, height: h, data };
    return half === 1
      ? decoded
      : resize(decoded, width, height, plan.upsampling === 'nearest' ? 'nearest' : 'linear');
  }
}

function corrupt(picture: Raster, { corruption }: AutoencoderPlan, random: Random): Raster {
  switch (corruption) {
    case 'white-noise':
      return addNoise(picture, 0.1, random);
    case 'pink-noise':
      return addPinkNoise(picture, 0.1, random);
    case 'greyscale':
      return changeSaturation(picture, -1);
    case 'downsampling':
      return shrinkAndEnlarge(picture, 3, 'box', 'linear');
    case 'none':
      return picture;
  }
}
