/**
 * @module
 * The pictures of the suite, by formula: integers alone, so that every language makes the same bytes. `python/pictures.py`
 * is the same in Python.
 */
import { invalid } from 'lpips-core';

/** A picture of cases.json. Bytes are a function of `seed` and place alone. */
export interface Formula {
  readonly kind: 'flat' | 'noise' | 'stripes' | 'noisy stripes';
  readonly height: number;
  readonly width: number;
  /** Of all kinds but `'flat'`. */
  readonly seed?: number;
  /** Of `'flat'`: 0 to 255. */
  readonly value?: number;
  /** Of `'noisy stripes'`: largest distance of a byte from that of the stripes. */
  readonly amount?: number;
}

/** Images as any program takes them: float32 `[batch, height, width, 3]`, RGB, in [-1, 1]. */
export interface Images {
  readonly shape: readonly [number, number, number, number];
  readonly values: Float32Array;
}

const CHANNELS = 3;
const GOLDEN = 0x9e3779b9;
/** Added to the seed for the noise on stripes. */
const NOISE_SEED = 1000;

/**
 * The bytes of a formula, `[height, width, 3]` in 0 to 255.
 *
 * @throws LpipsError for a kind that there is not
 */
export function pictureOf(formula: Formula): Uint8ClampedArray {
  const { kind, height, width, seed = 0, value = 0, amount = 0 } = formula;
  const bytes = new Uint8ClampedArray(height * width * CHANNELS);
  const byteAt: Record<Formula['kind'], (index: number) => number> = {
    flat: () => value,
    noise: (index) => hashedByte(seed, index),
    stripes: (index) => stripe(index, width, seed),
    'noisy stripes': (index) =>
      stripe(index, width, seed) + Math.floor(((hashedByte(seed + NOISE_SEED, index) - 128) * amount) / 128),
  };
  if (!Object.hasOwn(byteAt, kind)) {
    throw invalid('pictureOf', `one of ${Object.keys(byteAt).join(', ')}`, 'kind', String(kind));
  }
  for (let index = 0; index < bytes.length; index++) bytes[index] = byteAt[kind](index);
  return bytes;
}

/** A batch of pictures of one size: byte / 127.5 − 1 in float64, rounded once to float32. */
export function imagesOf(formulas: readonly Formula[]): Images {
  const pictures = formulas.map(pictureOf);
  const [first] = formulas;
  if (!first) throw invalid('imagesOf', 'one picture at least', 'formulas', 'none');
  const values = Float32Array.from(
    pictures.flatMap((bytes) => [...bytes]),
    (byte) => byte / 127.5 - 1,
  );
  return { shape: [formulas.length, first.height, first.width, CHANNELS], values };
}

/** Triangle waves of 512 steps, whose direction depends on the channel. */
function stripe(index: number, width: number, seed: number): number {
  const channel = index % CHANNELS;
  const [x, y] = [Math.floor(index / CHANNELS) % width, Math.floor(index / CHANNELS / width)];
  const phase = ((3 + channel) * x * 4 + (5 + 2 * channel) * y * 4 + 37 * seed * (channel + 1)) % 512;
  return phase < 256 ? phase : 511 - phase;
}

/** The highest byte of murmur3's 32-bit finaliser of index · GOLDEN + seed. */
function hashedByte(seed: number, index: number): number {
  let h = (Math.imul(index, GOLDEN) + seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) >>> 24;
}
