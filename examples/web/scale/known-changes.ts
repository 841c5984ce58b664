/**
 * @module
 * Changes that everybody knows, as a scale for distances: the median distance of the page's photographs from themselves under
 * each change, and from one another. A distance depends on the picture and its size, so the scale says no more than "about".
 */
import { loadSquare, MARGIN } from 'example-harness/photographs';
import { at, type Features, type Lpips } from 'lpips-core';
import { distort, toTensor, trim } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import { SAMPLES, SIDE } from '../build/sample-photographs.js';

/** A change, as a noun in a sentence: "about as far apart as a JPEG of quality 20 is from its original". */
export interface KnownChange {
  readonly like: string;
  /** A distortion of lpips-pictures and its strength. Missing for another photograph. */
  readonly distortion?: string;
  readonly strength?: number;
}

export const KNOWN_CHANGES: readonly KnownChange[] = [
  { like: 'a shift by a quarter of a pixel', distortion: 'shift', strength: 0.25 },
  { like: 'a shift by one pixel', distortion: 'shift', strength: 1 },
  { like: 'a turn by one degree', distortion: 'rotation', strength: 1 },
  { like: 'a JPEG of quality 80', distortion: 'jpeg', strength: 20 },
  { like: 'a JPEG of quality 50', distortion: 'jpeg', strength: 50 },
  { like: 'a JPEG of quality 20', distortion: 'jpeg', strength: 80 },
  { like: 'a JPEG of quality 5', distortion: 'jpeg', strength: 95 },
  { like: 'a slight blur', distortion: 'blur', strength: 1 },
  { like: 'a strong blur', distortion: 'blur', strength: 3 },
  { like: 'strong noise', distortion: 'noise', strength: 0.1 },
  { like: 'another photograph' },
];

/** The median distance of each change, in the order of `changes`, dimensionless. */
export async function measureKnownChanges(
  lpips: Lpips,
  changes: readonly KnownChange[] = KNOWN_CHANGES,
): Promise<number[]> {
  const pictures = await Promise.all(SAMPLES.map((photograph) => loadSquare(photograph, SIDE)));
  const originals = pictures.map((picture) => {
    const tensor = toTensor(trim(picture, MARGIN));
    const features = lpips.features(tensor);
    tensor.dispose();
    return features;
  });
  const medians: number[] = [];
  for (const { distortion: id, strength } of changes) {
    const distances: number[] = [];
    for (const [index, picture] of pictures.entries()) {
      if (id === undefined) {
        for (const other of originals.slice(index + 1)) {
          distances.push(await distanceOf(lpips, at(originals, index), other));
        }
        continue;
      }
      const distortion = DISTORTIONS.find((each) => each.id === id);
      if (!distortion) throw new RangeError(`measureKnownChanges: there is no distortion ${id}`);
      const changed = toTensor(trim(await distort(picture, distortion, strength), MARGIN));
      const features = lpips.features(changed);
      distances.push(await distanceOf(lpips, features, at(originals, index)));
      changed.dispose();
      features.dispose();
    }
    medians.push(medianOf(distances));
  }
  for (const features of originals) features.dispose();
  return medians;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (at(sorted, Math.ceil(half) - 1) + at(sorted, Math.floor(half))) / 2;
}

async function distanceOf(lpips: Lpips, image: Features, reference: Features): Promise<number> {
  const distance = lpips.distance(image, reference);
  const [value = Number.NaN] = await distance.data();
  distance.dispose();
  return value;
}
