/**
 * @module
 * The distortions: what cameras, codecs and careless editing do to a picture. Each is a pure function of an image,
 * a strength and seeded random numbers; strength 0 leaves the picture as it is, and more is further away.
 */
import sharp from 'sharp';
import { blockMeans, convolveSeparable, gaussianKernel, resample } from './convolve.js';
import { type Random, seededRandom } from './random.js';
import { fromBytes, mapSamples, paint, type Raster, roundToBytes, toBytes } from './raster.js';

export interface Distortion {
  readonly id: string;
  readonly name: string;
  /** `whole`: every pixel changes the same way or moves along; `damage`: detail is lost or something is added */
  readonly kind: 'whole' | 'damage';
  /** strength of the ranking */
  readonly strength: number;
  /** the largest strength that still means something, where a search for a given PSNR ends */
  readonly strongest: number;
  /** what the strength means, in the reader's units */
  describe(strength: number): string;
  apply(image: Raster, strength: number, random: Random): Raster | Promise<Raster>;
}

export const DISTORTIONS: readonly Distortion[] = [
  {
    id: 'blur',
    name: 'Blur',
    kind: 'damage',
    strength: 1.8,
    strongest: 12,
    describe: (sigma) => `Gaussian, σ ${sigma.toFixed(1)} px`,
    apply: (image, sigma) =>
      convolveSeparable(image, gaussianKernel(Math.max(sigma, 1e-3), Math.ceil(3 * sigma) + 1)),
  },
  {
    id: 'noise',
    name: 'Noise',
    kind: 'damage',
    strength: 0.06,
    strongest: 0.5,
    describe: (sigma) => `every channel, σ ${levels(sigma)}`,
    apply: (image, sigma, random) => mapSamples(image, (value) => value + sigma * random.normal()),
  },
  {
    id: 'specks',
    name: 'Salt and pepper',
    kind: 'damage',
    strength: 0.012,
    strongest: 0.5,
    describe: (share) => `${percent(share)} of the pixels black or white`,
    apply: saltAndPepper,
  },
  {
    id: 'jpeg',
    name: 'JPEG',
    kind: 'damage',
    strength: 92,
    strongest: 99,
    describe: (strength) => `quality ${Math.round(100 - strength)}`,
    apply: jpeg,
  },
  {
    id: 'mosaic',
    name: 'Mosaic',
    kind: 'damage',
    strength: 4,
    strongest: 40,
    describe: (size) => `blocks of ${Math.round(size)} px`,
    apply: (image, size) => {
      const side = Math.max(1, Math.round(size));
      const means = blockMeans(image, side);
      return paint(image.width, image.height, (x, y) =>
        pixel(means, Math.floor(x / side), Math.floor(y / side)),
      );
    },
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
    apply: (image, step) =>
      step === 0 ? image : mapSamples(image, (value) => Math.round(value / step) * step),
  },
  {
    id: 'shift',
    name: 'Shift by one pixel',
    kind: 'whole',
    strength: 1,
    strongest: 8,
    describe: (distance) => `${distance.toFixed(1)} px to the right`,
    apply: (image, distance) => resample(image, image.width, image.height, (x, y) => [x - distance, y]),
  },
  {
    id: 'half-shift',
    name: 'Shift by half a pixel',
    kind: 'whole',
    strength: 0.5,
    strongest: 8,
    describe: (distance) => `${distance.toFixed(1)} px down and to the right`,
    apply: (image, distance) =>
      resample(image, image.width, image.height, (x, y) => [x - distance, y - distance]),
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
    apply: warp,
  },
  {
    id: 'contrast',
    name: 'Less contrast',
    kind: 'whole',
    strength: 0.25,
    strongest: 0.95,
    describe: (loss) => `−${percent(loss)}`,
    apply: (image, loss) => mapSamples(image, (value) => 0.5 + (value - 0.5) * (1 - loss)),
  },
  {
    id: 'gamma',
    name: 'Brighter',
    kind: 'whole',
    strength: 0.3,
    strongest: 2,
    describe: (strength) => `gamma ${(1 / (1 + strength)).toFixed(2)}`,
    apply: (image, strength) => mapSamples(image, (value) => Math.max(0, value) ** (1 / (1 + strength))),
  },
  {
    id: 'cast',
    name: 'Colour cast',
    kind: 'whole',
    strength: 0.08,
    strongest: 0.5,
    describe: (amount) => `less red, more blue, by ${levels(amount)}`,
    apply: (image, amount) => mapSamples(image, (value, channel) => value + amount * (channel - 1)),
  },
  {
    id: 'ghost',
    name: 'Double exposure',
    kind: 'damage',
    strength: 0.15,
    strongest: 0.9,
    describe: (share) => `${percent(share)} of its mirror image`,
    apply: (image, share) =>
      paint(image.width, image.height, (x, y) => {
        const own = pixel(image, x, y);
        const mirrored = pixel(image, image.width - 1 - x, y);
        return [
          own[0] + share * (mirrored[0] - own[0]),
          own[1] + share * (mirrored[1] - own[1]),
          own[2] + share * (mirrored[2] - own[2]),
        ];
      }),
  },
];

/** Distorts a picture, the same way at every call; the result holds 8-bit values. */
export async function distort(
  image: Raster,
  distortion: Distortion,
  strength: number = distortion.strength,
  seed = 1,
): Promise<Raster> {
  return roundToBytes(await distortion.apply(image, strength, seededRandom(seed)));
}

function pixel(image: Raster, x: number, y: number): readonly [number, number, number] {
  const at = 3 * (y * image.width + x);
  return [image.data[at] ?? 0, image.data[at + 1] ?? 0, image.data[at + 2] ?? 0];
}

function saltAndPepper(image: Raster, share: number, random: Random): Raster {
  return paint(image.width, image.height, (x, y) => {
    const hit = random.uniform() < share;
    const speck = random.uniform() < 0.5 ? 0 : 1;
    return hit ? [speck, speck, speck] : pixel(image, x, y);
  });
}

async function jpeg(image: Raster, strength: number): Promise<Raster> {
  if (strength === 0) return image;
  const { width, height } = image;
  const file = await sharp(toBytes(roundToBytes(image)), { raw: { width, height, channels: 3 } })
    .jpeg({ quality: Math.max(1, Math.round(100 - strength)) })
    .toBuffer();
  return fromBytes(await sharp(file).raw().toBuffer(), width, height);
}

function rotate(image: Raster, degrees: number): Raster {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [centreX, centreY] = [(image.width - 1) / 2, (image.height - 1) / 2];
  return resample(image, image.width, image.height, (x, y) => [
    centreX + cos * (x - centreX) + sin * (y - centreY),
    centreY - sin * (x - centreX) + cos * (y - centreY),
  ]);
}

/** Moves every pixel along two slow waves whose phases are random. */
function warp(image: Raster, amplitude: number, random: Random): Raster {
  const phases = [0, 0, 0, 0].map(() => 2 * Math.PI * random.uniform());
  const wave = (along: number, length: number, index: number) =>
    Math.sin((2 * Math.PI * along) / length + (phases[index] ?? 0));
  return resample(image, image.width, image.height, (x, y) => [
    x + (amplitude / 2) * (wave(y, 90, 0) + wave(x, 130, 1)),
    y + (amplitude / 2) * (wave(x, 100, 2) + wave(y, 140, 3)),
  ]);
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

function levels(amount: number): string {
  return `${Math.round(255 * amount)} of 255`;
}
