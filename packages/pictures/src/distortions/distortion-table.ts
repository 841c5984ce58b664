/**
 * @module
 * Distortions that take one strength: what cameras, codecs and careless editing do to a picture. Each is a pure function
 * of an image, a strength and seeded random numbers. Strength 0 leaves the picture as it is, and a larger strength takes
 * it further away. The caller brings the JPEG encoder, so that the table works in Node and in a page.
 */
import { checkNumber, invalid, kindOf } from 'lpips-core';
import { blockMeans } from '../block-means.js';
import { resample } from '../catmull-rom.js';
import { checkFunction, checkRaster } from '../check-arguments.js';
import { type Random, seededRandom } from '../random.js';
import { type Raster, roundToBytes } from '../raster.js';
import { blur, mosaic } from './filters.js';
import { rotate, shift, warp } from './geometry.js';
import { addNoise, addSpecks } from './noise.js';
import { blend, mirror } from './overlays.js';
import { changeGamma, loseContrast, quantise, shiftColours } from './photometric.js';

/** A distortion as a page or a table shows it. */
export interface Distortion {
  readonly id: string;
  readonly name: string;
  /** `whole`: all pixels change or move in the same way; `damage`: detail is lost or something is added */
  readonly kind: 'whole' | 'damage';
  /** the default */
  readonly strength: number;
  /** the largest that makes sense, where a search for a given PSNR ends */
  readonly strongest: number;
  /** what the strength means, in the reader's units */
  describe(strength: number): string;
  apply(image: Raster, strength: number, random: Random): Raster | Promise<Raster>;
}

/** Encodes as JPEG of a `quality` from 1 to 100 and decodes again. */
export type JpegCodec = (image: Raster, quality: number) => Promise<Raster>;

/**
 * The distortions, in the order of the README's table.
 *
 * @throws LpipsError unless `jpeg` is a function
 */
export function distortionTable(jpeg: JpegCodec): readonly Distortion[] {
  checkFunction('distortionTable', 'jpeg', jpeg);
  return [
    {
      id: 'blur',
      name: 'Blur',
      kind: 'damage',
      strength: 1.8,
      strongest: 12,
      describe: (sigma) => `Gaussian, σ ${sigma.toFixed(1)} px`,
      apply: blur,
    },
    {
      id: 'noise',
      name: 'Noise',
      kind: 'damage',
      strength: 0.06,
      strongest: 0.5,
      describe: (sigma) => `every channel, σ ${levels(sigma)}`,
      apply: addNoise,
    },
    {
      id: 'specks',
      name: 'Salt and pepper',
      kind: 'damage',
      strength: 0.012,
      strongest: 0.5,
      describe: (share) => `${percent(share)} of the pixels black or white`,
      apply: addSpecks,
    },
    {
      id: 'jpeg',
      name: 'JPEG',
      kind: 'damage',
      strength: 92,
      strongest: 99,
      describe: (strength) => `quality ${Math.round(100 - strength)}`,
      apply: (image, strength) => (strength === 0 ? image : jpeg(image, 100 - strength)),
    },
    {
      id: 'mosaic',
      name: 'Mosaic',
      kind: 'damage',
      strength: 4,
      strongest: 40,
      describe: (size) => `blocks of ${Math.round(size)} px`,
      apply: mosaic,
    },
    {
      id: 'upsampled',
      name: 'Shrunk and enlarged',
      kind: 'damage',
      strength: 3,
      strongest: 24,
      describe: (factor) => `1 : ${Math.round(factor)}, cubic`,
      apply: (image, factor) => {
        const side = Math.max(1, Math.round(factor));
        const small = blockMeans(image, side);
        return resample(small, image.width, image.height, (x, y) => [
          (x + 0.5) / side - 0.5,
          (y + 0.5) / side - 0.5,
        ]);
      },
    },
    {
      id: 'posterised',
      name: 'Few tones',
      kind: 'damage',
      strength: 0.2,
      strongest: 0.5,
      describe: (step) => `${Math.round(1 / step) + 1} levels a channel`,
      apply: quantise,
    },
    {
      id: 'shift',
      name: 'Shift by one pixel',
      kind: 'whole',
      strength: 1,
      strongest: 8,
      describe: (distance) => `${distance.toFixed(1)} px to the right`,
      apply: (image, distance) => shift(image, distance, 0),
    },
    {
      id: 'half-shift',
      name: 'Shift by half a pixel',
      kind: 'whole',
      strength: 0.5,
      strongest: 8,
      describe: (distance) => `${distance.toFixed(1)} px down and to the right`,
      apply: (image, distance) => shift(image, distance, distance),
    },
    {
      id: 'rotation',
      name: 'Rotation',
      kind: 'whole',
      strength: 1,
      strongest: 2.5,
      describe: (degrees) => `by ${degrees.toFixed(1)}°`,
      apply: rotate,
    },
    {
      id: 'warp',
      name: 'Gentle warp',
      kind: 'whole',
      strength: 1.5,
      strongest: 8,
      describe: (amplitude) => `smooth, up to ${amplitude.toFixed(1)} px`,
      apply: wander,
    },
    {
      id: 'contrast',
      name: 'Less contrast',
      kind: 'whole',
      strength: 0.25,
      strongest: 0.95,
      describe: (loss) => `−${percent(loss)}`,
      apply: loseContrast,
    },
    {
      id: 'gamma',
      name: 'Brighter',
      kind: 'whole',
      strength: 0.3,
      strongest: 2,
      describe: (strength) => `gamma ${(1 / (1 + strength)).toFixed(2)}`,
      apply: changeGamma,
    },
    {
      id: 'cast',
      name: 'Colour cast',
      kind: 'whole',
      strength: 0.08,
      strongest: 0.5,
      describe: (amount) => `less red, more blue, by ${levels(amount)}`,
      apply: (image, amount) => shiftColours(image, [-amount, 0, amount]),
    },
    {
      id: 'ghost',
      name: 'Double exposure',
      kind: 'damage',
      strength: 0.15,
      strongest: 0.9,
      describe: (share) => `${percent(share)} of its mirror image`,
      apply: (image, share) => blend(image, mirror(image), share),
    },
  ];
}

/**
 * Distorts a picture, in the same way at every call with the same `seed`; the result holds 8-bit values.
 *
 * @throws LpipsError for arguments of another kind
 */
export async function distort(
  image: Raster,
  distortion: Distortion,
  strength?: number,
  seed = 1,
): Promise<Raster> {
  checkRaster('distort', 'image', image);
  checkDistortion(distortion);
  const own = strength ?? distortion.strength;
  checkNumber('distort', 'strength', own);
  return roundToBytes(await distortion.apply(image, own, seededRandom(seed)));
}

function checkDistortion(value: unknown): void {
  const isOne =
    typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function';
  if (isOne) return;
  throw invalid('distort', 'an entry of distortionTable', 'distortion', kindOf(value));
}

/** Moves every pixel along slow waves whose phases are random. */
function wander(image: Raster, amplitude: number, random: Random): Raster {
  const wave = (length: number) => ({ length, phase: 2 * Math.PI * random.uniform() });
  return warp(image, amplitude, [wave(90), wave(130), wave(100), wave(140)]);
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

function levels(amount: number): string {
  return `${Math.round(255 * amount)} of 255`;
}
