/**
 * @module
 * What a failed matcher says: both numbers with their thresholds, the net and version, and where to look.
 */
import { relative } from 'node:path';
import type { Comparison } from './compare-images.js';

/** What is said beside the numbers. */
export interface MessageDetails {
  /** Of the matcher. */
  readonly call: string;
  /** What the image was held against: a path, or "the reference". */
  readonly reference: string;
  /** Where the picture of the comparison lies. */
  readonly picture?: string;
  /** What to do about it: a whole sentence. */
  readonly advice?: string;
}

/** How a matcher is written, for the first line: `expect(image).not.toLookLike(reference)`. */
export function callOf(matcher: string, argument: string, isNot: boolean): string {
  return `expect(image).${isNot ? 'not.' : ''}${matcher}(${argument})`;
}

/** The image looks other than it should, or, with `isNot`, like what it should not. */
export function differenceMessage(comparison: Comparison, isNot: boolean, details: MessageDetails): string {
  const { distance, local, thresholds, net, version } = comparison;
  const { call, reference, picture, advice } = details;
  const place = `${local.width}x${local.height} pixels from (${local.left}, ${local.top})`;
  const where = local.distance > 0 ? `, in the ${place}` : '';
  const lines = [
    ['distance', `${compared(distance, thresholds.distance)}, the mean over the image`],
    ['local distance', `${compared(local.distance, thresholds.local)}${where}`],
    ['net', `${net}, version ${version}`],
    ['reference', shown(reference)],
    ...(picture === undefined ? [] : [['picture', shown(picture)]]),
  ] as const;
  const headline = isNot ? 'The images look alike.' : 'The images look different.';
  const table = lines.map(([name, text]) => `  ${`${name}:`.padEnd(16)}${text}`);
  return [`${call}\n`, headline, ...table, ...(advice === undefined ? [] : [`\n${advice}`])].join('\n');
}

/** A sentence under the call. */
export function plainMessage(call: string, sentence: string): string {
  return `${call}\n\n${sentence}`;
}

/** A path as it is shortest from the current folder. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') || !path.startsWith('/') ? path : near;
}

function compared(value: number, threshold: number): string {
  const [number, limit] = [digits(value), String(threshold)];
  return value > threshold ? `${number}, above the threshold ${limit}` : `${number}, threshold ${limit}`;
}

/** Four places, and more where the number would vanish in them. */
function digits(value: number): string {
  return value === 0 || value >= 0.00095 ? value.toFixed(4) : value.toPrecision(2);
}
