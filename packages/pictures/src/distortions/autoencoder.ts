/**
 * @module
 * Small autoencoders with the faults of generator networks: a random convolution with a stride and a leaky ReLU makes
 * a code that is too small, and a decoder that is fitted to photographs by least squares makes a picture of it again.
 * They blur, bleed, forget colours, leave blocks and checkerboards, and make up what they did not see, as the networks
 * do that spoilt the "cnn" pictures of BAPPS (Zhang et al. 2018, table 2: corrupted inputs, architectures, upsampling).
 */
import { between, choose, type Random, seededRandom, wholeBetween } from '../random.js';
import { mapSamples, type Raster, roundToBytes } from '../raster.js';
import { resize } from '../resize.js';
import { blur, shrinkAndEnlarge } from './filters.js';
import { LeastSquares } from './least-squares.js';
import { addNoise, addPinkNoise } from './noise.js';
import { changeSaturation } from './photometric.js';

/** What an autoencoder is like. */
export interface AutoencoderPlan {
  /** what its input suffers, which it was taught to undo */
  readonly corruption: 'none' | 'white-noise' | 'pink-noise' | 'greyscale' | 'downsampling';
  /** pixels from one cell of the code to the next; even */
  readonly stride: number;
  /** numbers in a cell of the code */
  readonly channels: number;
  /** how cells become pixels: blocks side by side, patches that overlap, or half the size, then enlarged */
  readonly upsampling: 'blocks' | 'overlapping' | 'nearest' | 'linear';
  /** 0 to 1: how much the overlap of patches shows, as a checkerboard */
  readonly unevenness: number;
  /** share of the input's fine detail that passes by the code */
  readonly skip: number;
  /** penalty on the decoder's weights: large is badly trained */
  readonly ridge: number;
  /** share of the code's numbers that are lost when a picture passes */
  readonly dropout: number;
  /** seed of the encoder */
  readonly seed: number;
}

/** Cells around a cell that its pixels are decoded from: 3 x 3. */
const NEIGHBOURS = 9;
/** Slope of the ReLU below 0. */
const LEAK = 0.2;
/** Rows of the least squares problem: enough for ten times as many as weights of an output. */
const MOST_ROWS = 2000;

/** Draws what an autoencoder is like. */
export function drawAutoencoder(random: Random): AutoencoderPlan {
  const upsampling = choose(random, ['blocks', 'overlapping', 'nearest', 'linear'] as const);
  return {
    corruption: choose(random, ['none', 'white-noise', 'pink-noise', 'greyscale', 'downsampling'] as const),
    stride: choose(random, [2, 4, 4, 6, 8]),
    channels: wholeBetween(random, 4, 16),
    upsampling,
    unevenness: upsampling === 'overlapping' ? between(random, 0, 0.25) : 0,
    skip: random.uniform() < 0.4 ? between(random, 0.2, 0.9) : 0,
    ridge: 10 ** between(random, -5, -1.5),
    dropout: random.uniform() < 0.3 ? between(random, 0.004, 0.03) : 0,
    seed: Math.floor(random.uniform() * 2 ** 32),
  };
}

/** An autoencoder, fitted. */
export class Autoencoder {
  readonly plan: AutoencoderPlan;
  /** `[2 stride · 2 stride · 3, channels]` */
  readonly #encoder: Float64Array;
  /** `[neighbours · channels + 1, patch · patch · 3]` */
  readonly #decoder: Float64Array;

  private constructor(plan: AutoencoderPlan, encoder: Float64Array, decoder: Float64Array) {
    this.plan = plan;
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  /** Fits the decoder of a plan to pictures. */
  static fit(plan: AutoencoderPlan, pictures: readonly Raster[]): Autoencoder {
    const random = seededRandom(plan.seed);
    const encoder = randomFilters(plan, random);
    const side = patchOf(plan);
    const inputs = NEIGHBOURS * plan.channels + 1;
    const problem = new LeastSquares(inputs, side * side * 3);
    const [x, y] = [new Float64Array(inputs), new Float64Array(side * side * 3)];
    const perPicture = Math.max(1, Math.floor(MOST_ROWS / pictures.length));
    for (const picture of pictures) {
      const code = encode(corrupt(picture, plan, random), encoder, plan);
      const target = isHalf(plan) ? resize(picture, picture.width / 2, picture.height / 2, 'box') : picture;
      for (let row = 0; row < perPicture; row++) {
        const column = wholeBetween(random, 0, code.across - 1);
        const line = wholeBetween(random, 0, code.down - 1);
        neighbourhood(code, column, line, x);
        patchAt(target, placeOf(plan, column), placeOf(plan, line), side, y);
        problem.add(x, y);
      }
    }
    return new Autoencoder(plan, encoder, problem.solve(plan.ridge));
  }

  /**
   * Passes a picture through.
   *
   * @param random for the corruption and what is dropped
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
      mapSamples(output, (value, _, i) => value + plan.skip * ((input.data[i] ?? 0) - (coarse.data[i] ?? 0))),
    );
  }

  #decode(code: Code, { width, height }: Raster): Raster {
    const { plan } = this;
    const half = isHalf(plan) ? 2 : 1;
    const [w, h] = [width / half, height / half];
    const side = patchOf(plan);
    const outputs = side * side * 3;
    const sum = new Float64Array(w * h * 3);
    const coverage = new Float64Array(w * h);
    const x = new Float64Array(NEIGHBOURS * plan.channels + 1);
    const patch = new Float64Array(outputs);
    for (let line = 0; line < code.down; line++) {
      for (let column = 0; column < code.across; column++) {
        neighbourhood(code, column, line, x);
        multiply(x, this.#decoder, patch);
        const [left, top] = [placeOf(plan, column), placeOf(plan, line)];
        for (let i = 0; i < side * side; i++) {
          const [px, py] = [left + (i % side), top + Math.floor(i / side)];
          if (px < 0 || py < 0 || px >= w || py >= h) continue;
          const at = py * w + px;
          coverage[at] = (coverage[at] ?? 0) + 1;
          for (let c = 0; c < 3; c++)
            sum[3 * at + c] = (sum[3 * at + c] ?? 0) + (patch[3 * i + c] ?? 0) + 0.5;
        }
      }
    }
    const usual = (side * side * code.across * code.down) / (w * h);
    const data = Float32Array.from(sum, (value, i) => {
      const own = coverage[Math.floor(i / 3)] ?? 1;
      // Weights that learned the usual coverage give too much where more patches meet.
      return (value / own) * (own / usual) ** plan.unevenness;
    });
    const decoded = { width: w, height: h, data };
    return half === 1
      ? decoded
      : resize(decoded, width, height, plan.upsampling === 'nearest' ? 'nearest' : 'linear');
  }
}

/** `[down, across, channels]` */
interface Code {
  readonly across: number;
  readonly down: number;
  readonly channels: number;
  readonly data: Float64Array;
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

/** Random mixtures of cosines, low frequencies more than high ones, greys more than colours. */
function randomFilters({ stride, channels }: AutoencoderPlan, random: Random): Float64Array {
  const side = 2 * stride;
  const filters = new Float64Array(side * side * 3 * channels);
  for (let channel = 0; channel < channels; channel++) {
    const grey = random.normal();
    const colour = [0, 1, 2].map(() => grey + 0.6 * random.normal());
    for (let fy = 0; fy < 4; fy++) {
      for (let fx = 0; fx < 4; fx++) {
        const strength = random.normal() / (1 + fx + fy) ** 0.7 / side;
        for (let i = 0; i < side * side; i++) {
          const across = Math.cos((Math.PI * fx * ((i % side) + 0.5)) / side);
          const wave = strength * across * Math.cos((Math.PI * fy * (Math.floor(i / side) + 0.5)) / side);
          for (let c = 0; c < 3; c++) {
            const at = (3 * i + c) * channels + channel;
            filters[at] = (filters[at] ?? 0) + wave * (colour[c] ?? 0);
          }
        }
      }
    }
  }
  return filters;
}

/** A convolution of twice the stride and a leaky ReLU, on samples minus 0.5. */
function encode(picture: Raster, filters: Float64Array, { stride, channels }: AutoencoderPlan): Code {
  const side = 2 * stride;
  const across = Math.ceil(picture.width / stride);
  const down = Math.ceil(picture.height / stride);
  const data = new Float64Array(across * down * channels);
  const patch = new Float64Array(side * side * 3);
  const cell = new Float64Array(channels);
  for (let line = 0; line < down; line++) {
    for (let column = 0; column < across; column++) {
      patchAt(picture, column * stride - stride / 2, line * stride - stride / 2, side, patch);
      multiply(patch, filters, cell);
      data.set(
        cell.map((value) => (value > 0 ? value : LEAK * value)),
        (line * across + column) * channels,
      );
    }
  }
  return { across, down, channels, data };
}

/** The code of a cell and its neighbours, edges repeated, and a 1. */
function neighbourhood(
  { across, down, channels, data }: Code,
  column: number,
  line: number,
  into: Float64Array,
): void {
  for (let i = 0; i < NEIGHBOURS; i++) {
    const x = Math.min(across - 1, Math.max(0, column + (i % 3) - 1));
    const y = Math.min(down - 1, Math.max(0, line + Math.floor(i / 3) - 1));
    const from = (y * across + x) * channels;
    into.set(data.subarray(from, from + channels), i * channels);
  }
  into[NEIGHBOURS * channels] = 1;
}

/** Samples minus 0.5 of the square at `left`, `top`, edges repeated. */
function patchAt(picture: Raster, left: number, top: number, side: number, into: Float64Array): void {
  const { width, height, data } = picture;
  for (let i = 0; i < side * side; i++) {
    const x = Math.min(width - 1, Math.max(0, left + (i % side)));
    const y = Math.min(height - 1, Math.max(0, top + Math.floor(i / side)));
    for (let c = 0; c < 3; c++) into[3 * i + c] = (data[3 * (y * width + x) + c] ?? 0) - 0.5;
  }
}

/** into = x · matrix */
function multiply(x: Float64Array, matrix: Float64Array, into: Float64Array): void {
  const outputs = into.length;
  into.fill(0);
  for (let i = 0; i < x.length; i++) {
    const value = x[i] ?? 0;
    for (let j = 0; j < outputs; j++) into[j] = (into[j] ?? 0) + value * (matrix[i * outputs + j] ?? 0);
  }
}

function isHalf({ upsampling }: AutoencoderPlan): boolean {
  return upsampling === 'nearest' || upsampling === 'linear';
}

/** Pixels from one decoded patch to the next. */
function stepOf(plan: AutoencoderPlan): number {
  return isHalf(plan) ? plan.stride / 2 : plan.stride;
}

/** Side of a decoded patch. */
function patchOf(plan: AutoencoderPlan): number {
  return plan.upsampling === 'overlapping' ? (plan.stride * 3) / 2 : stepOf(plan);
}

/** Where the patch of the n-th cell begins. */
function placeOf(plan: AutoencoderPlan, n: number): number {
  return n * stepOf(plan) - Math.floor((patchOf(plan) - stepOf(plan)) / 2);
}
