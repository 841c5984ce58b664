/**
 * @module
 * The encoder of a least-squares autoencoder: one random convolution of twice the stride and a leaky ReLU.
 */
import { clampIndex } from '../../clamp-index.js';
import { outside } from '../../outside.js';
import type { Random } from '../../random.js';
import type { Raster } from '../../raster.js';
import type { AutoencoderPlan } from './autoencoder-plan.js';

/** Cells around a cell that its pixels are decoded from: 3 x 3. */
const NEIGHBOURS = 9;
/** Slope of the ReLU below 0. */
const LEAK = 0.2;

/** `[down, across, channels]` */
export interface Code {
  readonly across: number;
  readonly down: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/**
 * Random mixtures of cosines, in which low frequencies weigh more than high ones and greys more than colours.
 *
 * @returns `[2 stride · 2 stride · 3, channels]`
 */
export function randomFilters({ stride, channels }: AutoencoderPlan, random: Random): Float64Array {
  const side = 2 * stride;
  const filters = new Float64Array(side * side * 3 * channels);
  for (let channel = 0; channel < channels; channel++) {
    const grey = random.normal();
    const colour = Float64Array.from({ length: 3 }, () => grey + 0.6 * random.normal());
    for (let fy = 0; fy < 4; fy++) {
      for (let fx = 0; fx < 4; fx++) {
        const strength = random.normal() / (1 + fx + fy) ** 0.7 / side;
        for (let i = 0; i < side * side; i++) {
          const across = Math.cos((Math.PI * fx * ((i % side) + 0.5)) / side);
          const wave = strength * across * Math.cos((Math.PI * fy * (Math.floor(i / side) + 0.5)) / side);
          for (let c = 0; c < 3; c++) {
            const at = (3 * i + c) * channels + channel;
            filters[at] = (filters[at] ?? outside()) + wave * (colour[c] ?? outside());
          }
        }
      }
    }
  }
  return filters;
}

/** The code of a picture whose samples are taken minus 0.5. */
export function encode(picture: Raster, filters: Float64Array, { stride, channels }: AutoencoderPlan): Code {
  const side = 2 * stride;
  const across = Math.ceil(picture.width / stride);
  const down = Math.ceil(picture.height / stride);
  const data = new Float64Array(across * down * channels);
  const patch = new Float64Array(side * side * 3);
  const cell = new Float64Array(channels);
  for (let line = 0; line < down; line++) {
    for (let column = 0; column < across; column++) {
      readPatch(picture, column * stride - stride / 2, line * stride - stride / 2, side, patch);
      multiply(patch, filters, cell);
      data.set(
        cell.map((value) => (value > 0 ? value : LEAK * value)),
        (line * across + column) * channels,
      );
    }
  }
  return { across, down, channels, data };
}

/** How many numbers `readNeighbourhood` gives. */
export function neighbourhoodSize({ channels }: AutoencoderPlan): number {
  return NEIGHBOURS * channels + 1;
}

/** Reads the code of a cell and its neighbours, edges repeated, and a 1 for the bias. */
export function readNeighbourhood(
  { across, down, channels, data }: Code,
  column: number,
  line: number,
  into: Float64Array,
): void {
  for (let i = 0; i < NEIGHBOURS; i++) {
    const x = clampIndex(column + (i % 3) - 1, across);
    const y = clampIndex(line + Math.floor(i / 3) - 1, down);
    const from = (y * across + x) * channels;
    into.set(data.subarray(from, from + channels), i * channels);
  }
  into[NEIGHBOURS * channels] = 1;
}

/** Reads the samples minus 0.5 of the square at `left`, `top`, edges repeated. */
export function readPatch(
  { width, height, data }: Raster,
  left: number,
  top: number,
  side: number,
  into: Float64Array,
): void {
  for (let i = 0; i < side * side; i++) {
    const x = clampIndex(left + (i % side), width);
    const y = clampIndex(top + Math.floor(i / side), height);
    for (let c = 0; c < 3; c++) into[3 * i + c] = (data[3 * (y * width + x) + c] ?? outside()) - 0.5;
  }
}

/** into = x · matrix */
export function multiply(x: Float64Array, matrix: Float64Array, into: Float64Array): void {
  const outputs = into.length;
  into.fill(0);
  for (let i = 0; i < x.length; i++) {
    const value = x[i] ?? outside();
    for (let j = 0; j < outputs; j++) {
      into[j] = (into[j] ?? outside()) + value * (matrix[i * outputs + j] ?? outside());
    }
  }
}
