/**
 * @module
 * The goldens: results of the official PyTorch code in float64 (`goldens/distances.json` and `official-vgg.json` say how they were made),
 * and the weights and images that belong to them.
 */
import { readFileSync } from 'node:fs';
import { concat, fill, type Tensor4D } from '@tensorflow/tfjs';
import { at, Lpips, mulberry32, type NetName, type Weight, type WeightMap, weightShapes } from 'lpips-core';
import { readImage, readWeights } from 'lpips-node';

/** The parts of the reference data that the cases need. */
export const GOLDEN_DATA = ['goldens', 'images', 'lite', 'weights'];

/** One case of distances.json, where VGG16 has seeded weights, or of official-vgg.json. */
export interface Golden {
  name: string;
  net: NetName;
  version: '0.1' | '0.0';
  lpips: boolean;
  seed: number | null;
  /** `[batch]` */
  distance: number[];
  /** `[taps][batch]`, or `[taps]` for a batch of one. */
  perLayer: (number[] | number)[];
  /** `[batch]`: the gradients are those of Σ upstream · distance. */
  upstream: number[];
  grad0: { l2: number };
  grad1?: { l2: number };
  map: { mean: number; min: number; max: number };
  files?: { grad0: string; map: string };
  inputs: { x: string[]; y: string[] };
}

type Locate = (relative: string) => string;

/** The cases, in their order. */
export function readGoldens(locate: Locate): Golden[] {
  return ['goldens/distances.json', 'goldens/official-vgg.json'].flatMap((name) => {
    const { cases }: { cases: Golden[] } = JSON.parse(readFileSync(locate(name), 'utf8'));
    return cases;
  });
}

/** Whether a case is one of the published VGG16, without seeded weights. */
export function isOfficialVgg({ net, seed }: Golden): boolean {
  return net === 'vgg' && seed === null;
}

/** The metric of a case, with the weights that it was made with. */
export async function goldenLpips(golden: Golden, locate: Locate): Promise<Lpips> {
  const { net, version, lpips } = golden;
  return Lpips.fromWeights(await goldenWeights(golden, locate), { net, version, linear: lpips });
}

/** Weights by what tells them apart: many cases share them, and those of VGG16 take seconds to make. */
const known = new Map<string, Promise<WeightMap>>();

/** The weights that a case was made with. */
export function goldenWeights(golden: Golden, locate: Locate): Promise<WeightMap> {
  const key = weightsKey(golden);
  const weights = known.get(key) ?? readGoldenWeights(golden, locate);
  known.set(key, weights);
  return weights;
}

/** The same for cases that were made with the same weights. */
export function weightsKey({ net, version, seed }: Golden): string {
  return `${net}-${version}-${seed}`;
}

async function readGoldenWeights({ net, version, seed }: Golden, locate: Locate): Promise<WeightMap> {
  const weights = new Map<string, Weight>();
  const add = async (path: string) => {
    for (const [name, weight] of (await readWeights(path)).weights) weights.set(name, weight);
  };
  if (net === 'lite')
    await add(locate('lite/lite.safetensors')); // the version that they were made with
  else await add(locate(`weights/lpips/v${version}/${net}.pth`));
  if (net === 'alex') await add(locate('weights/alexnet_features.safetensors'));
  if (net === 'squeeze') await add(locate('weights/squeezenet1_1_features.safetensors'));
  if (net === 'vgg' && seed === null) await add(locate('weights/vgg16_features.safetensors'));
  else if (net === 'vgg') for (const [name, weight] of seededVgg16(seed)) weights.set(name, weight);
  return weights;
}

/** Images of a case, float32 `[batch, height, width, 3]` in [-1, 1]. */
export async function goldenImages(names: string[], locate: Locate): Promise<Tensor4D> {
  const images = await Promise.all(
    names.map(async (name): Promise<Tensor4D> => {
      const black = /^black (\d+)x(\d+)$/.exec(name);
      return black ? fill([1, Number(black[1]), Number(black[2]), 3], -1) : readImage(locate(name));
    }),
  );
  return concat(images);
}

/** The distance of two neighbouring float32 values between 1 and 2. */
const ROUNDING = 2 ** -23;
/** What `movedByRounding` moves a value by at most, in such steps. */
const MOVED_STEPS = 4;

/** Values in [-1, 1], each moved by up to four steps of rounding, seeded. */
export function movedByRounding(values: Float32Array, seed: number): Float32Array {
  const next = mulberry32(seed);
  return values.map((value) => {
    const moved = value + (2 * next() - 1) * MOVED_STEPS * ROUNDING;
    return Math.min(1, Math.max(-1, moved));
  });
}

/** A float32 array of NumPy's format, version 1. */
export function readNpy(path: string): Float32Array {
  const file = readFileSync(path);
  const header = file.toString('latin1', 10, 10 + file.readUInt16LE(8));
  if (!header.includes("'descr': '<f4'")) throw new Error(`${path}: expected float32, got ${header}`);
  const start = 10 + header.length;
  return new Float32Array(file.buffer.slice(file.byteOffset + start, file.byteOffset + file.length));
}

/** VGG16 as the goldens have it: hashed numbers, He-uniform weights, biases within ±0.1. */
function seededVgg16(seed: number | null): Map<string, Weight> {
  if (seed === null) throw new Error('goldens: a case of vgg has no seed');
  const weights = new Map<string, Weight>();
  for (const [name, shape] of weightShapes('vgg')) {
    if (!name.startsWith('features')) continue;
    const k = Math.floor(weights.size / 2); // the k-th convolution: its weight, then its bias
    const isBias = name.endsWith('bias');
    const scale = isBias ? 0.1 : Math.sqrt(6 / (9 * at(shape, 1)));
    const start = seed + 2000 * k + (isBias ? 1000 : 0);
    const size = shape.reduce((product, side) => product * side, 1);
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = hashedValue(start, i) * scale;
    weights.set(name, { shape, data });
  }
  return weights;
}

/** murmur3's 32-bit finaliser of i, as a number in [-1, 1). */
function hashedValue(seed: number, i: number): number {
  let h = (Math.imul(i, 0x9e3779b9) + seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) / 2 ** 32) * 2 - 1;
}
