/**
 * @module
 * A photograph under several distortions at once, measured by LPIPS, PSNR and SSIM. Distortions draw from a margin
 * around the picture that no measure sees, so that moving the picture brings no edge into view.
 */
import { at, type Features, type Lpips } from 'lpips-core';
import {
  changeSaturation,
  type Distortion,
  distort,
  distortionTable,
  psnr,
  type Raster,
  ssim,
  toBytes,
  toTensor,
  trim,
} from 'lpips-pictures';
import { bitmapOf, jpeg } from './drawable.js';

/** Strengths by distortion; a missing strength is 0. */
export type Strengths = Readonly<Record<string, number>>;

/** The three measures; PSNR is infinite for identical pictures. */
export interface Measures {
  readonly lpips: number;
  readonly psnr: number;
  readonly ssim: number;
}

/** A slider: a distortion, its range, and its steps in words. */
export interface Control {
  readonly id: string;
  readonly name: string;
  readonly most: number;
  readonly step: number;
  /** For the strengths 0, `step`, 2 · `step` … `most`. */
  readonly labels: readonly string[];
}

const SATURATION: Distortion = {
  id: 'saturation',
  name: 'Less colour',
  kind: 'whole',
  strength: 0.5,
  strongest: 1,
  describe: (loss) => `−${Math.round(100 * loss)} %`,
  apply: (image, loss) => changeSaturation(image, -loss),
};

const ALL: readonly Distortion[] = [...distortionTable(jpeg), SATURATION];

/** The sliders, in their order, which is also the order in which the distortions are applied. */
const RANGES: readonly Omit<Control, 'name' | 'labels'>[] = [
  { id: 'shift', most: 6, step: 0.25 },
  { id: 'rotation', most: 2, step: 0.1 },
  { id: 'warp', most: 6, step: 0.25 },
  { id: 'blur', most: 4, step: 0.1 },
  { id: 'mosaic', most: 12, step: 1 },
  { id: 'contrast', most: 0.8, step: 0.05 },
  { id: 'gamma', most: 1, step: 0.05 },
  { id: 'saturation', most: 1, step: 0.05 },
  { id: 'noise', most: 0.2, step: 0.01 },
  { id: 'jpeg', most: 98, step: 1 },
];
const NAMES: Readonly<Record<string, string>> = { shift: 'Shift' };

const distortionOf = (id: string): Distortion => {
  const distortion = ALL.find((each) => each.id === id);
  if (!distortion) throw new RangeError(`distort: there is no distortion ${id}`);
  return distortion;
};

export const CONTROLS: readonly Control[] = RANGES.map((range) => ({
  ...range,
  name: NAMES[range.id] ?? distortionOf(range.id).name,
  labels: Array.from({ length: Math.round(range.most / range.step) + 1 }, (_, index) =>
    index === 0 ? 'off' : distortionOf(range.id).describe(index * range.step),
  ),
}));

/** A photograph whose features are computed once. */
export class Subject {
  /** With its margin. */
  readonly #source: Raster;
  readonly #margin: number;
  readonly original: Raster;
  #features: { readonly of: Lpips; readonly features: Features } | undefined;

  /** @param margin pixels on every side of `source` that are not measured */
  constructor(source: Raster, margin: number) {
    this.#source = source;
    this.#margin = margin;
    this.original = trim(source, margin);
  }

  /** The picture under all strengths; 8-bit values. */
  async distorted(strengths: Strengths): Promise<Raster> {
    let result = this.#source;
    for (const { id } of RANGES) {
      const strength = strengths[id] ?? 0;
      if (strength !== 0) result = await distort(result, distortionOf(id), strength);
    }
    return trim(result, this.#margin);
  }

  /** The measures of a picture against the original. */
  async measure(lpips: Lpips, picture: Raster): Promise<Measures> {
    const image = toTensor(picture);
    const distance = lpips.distance(image, this.#featuresFor(lpips));
    const value = at(await distance.data(), 0);
    image.dispose();
    distance.dispose();
    return { lpips: value, psnr: psnr(picture, this.original), ssim: ssim(picture, this.original) };
  }

  bitmap(picture: Raster): Promise<ImageBitmap> {
    return bitmapOf(toBytes(picture), picture);
  }

  dispose(): void {
    this.#features?.features.dispose();
    this.#features = undefined;
  }

  #featuresFor(lpips: Lpips): Features {
    if (this.#features?.of !== lpips) {
      this.dispose();
      const original = toTensor(this.original);
      this.#features = { of: lpips, features: lpips.features(original) };
      original.dispose();
    }
    return this.#features.features;
  }
}
