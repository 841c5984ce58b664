/**
 * @module
 * The message of a failed matcher: each number with its threshold and place, the net and its version, and the picture.
 */
import { isAbsolute, relative } from 'node:path';
import type { Comparison, LocalDistance } from './compare-images.js';
import type { FailureReason, PicturePaths } from './failures/failure-files.js';

/** What a message says beside the numbers. */
export interface MessageDetails {
  /** How the matcher was called. */
  readonly call: string;
  /** What the image was compared with: a path, or "no file". */
  readonly reference: string;
  /** Where the picture of the comparison lies. */
  readonly picture?: string;
  /** What to do about it: a whole sentence. */
  readonly advice?: string;
}

/** The call of a matcher for the first line of a message: `expect(image).not.toLookLike(reference)`. */
export function callOf(matcher: string, argument: string, isNot: boolean): string {
  return `expect(image).${isNot ? 'not.' : ''}${matcher}(${argument})`;
}

/** Says that the images look different, or with `isNot` that they look alike. */
export function differenceMessage(comparison: Comparison, isNot: boolean, details: MessageDetails): string {
  const { call, reference, picture, advice } = details;
  const headline = isNot ? 'The images look alike.' : 'The images look different.';
  const table = [
    numbersTable(comparison),
    row('reference', shown(reference)),
    ...(picture === undefined ? [] : [row('picture', shown(picture))]),
  ];
  return [`${call}\n`, headline, ...table, ...(advice === undefined ? [] : [`\n${advice}`])].join('\n');
}

/** A line for each number with its threshold and place, and one for the net. */
export function numbersTable(comparison: Comparison): string {
  const { distance, local, colour, shape, thresholds, net, version, isOverBlack } = comparison;
  const lines = [
    ['distance', `${compared(distance, thresholds.distance)}, the mean over the image`],
    ['local distance', comparedThere(local, thresholds.local)],
    ['colour', comparedThere(colour, thresholds.colour)],
    ['shape', comparedThere(shape, thresholds.shape)],
    ...(isOverBlack ? [['background', 'black, where transparent images differ more than over white']] : []),
    ['net', `${net} ${version}`],
  ] as const;
  return lines.map(([name, text]) => row(name, text)).join('\n');
}

/** A sentence under the call, and the pictures that were kept. */
export function plainMessage(call: string, sentence: string, pictures: PicturePaths = {}): string {
  const { expected, actual, diff } = pictures;
  const lines = Object.entries({ expected, image: actual, picture: diff }).flatMap(([name, path]) =>
    path === undefined ? [] : [row(name, shown(path))],
  );
  return [`${call}\n`, sentence, ...(lines.length === 0 ? [] : ['', ...lines])].join('\n');
}

/** The same for the record of a failure: what is wrong, and by which numbers. */
export function differenceReason(comparison: Comparison): FailureReason {
  const { distance, local, colour, shape, thresholds } = comparison;
  return {
    reason: 'The images look different.',
    numbers: {
      distance: { value: distance, threshold: thresholds.distance },
      'local distance': { value: local.distance, threshold: thresholds.local },
      colour: { value: colour.distance, threshold: thresholds.colour },
      shape: { value: shape.distance, threshold: thresholds.shape },
    },
  };
}

/** The shortest form of a path, seen from the current folder. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') || !isAbsolute(path) ? path : near;
}

function row(name: string, text: string): string {
  return `  ${`${name}:`.padEnd(16)}${text}`;
}

function comparedThere({ distance, left, top, width, height }: LocalDistance, threshold: number): string {
  const place = distance > 0 ? `, in the ${width}x${height} pixels from (${left}, ${top})` : '';
  return compared(distance, threshold) + place;
}

function compared(value: number, threshold: number): string {
  const [number, limit] = [digits(value), String(threshold)];
  return value > threshold ? `${number}, above the threshold ${limit}` : `${number}, threshold ${limit}`;
}

/** Four decimal places, or two significant digits where the number is too small for them. */
function digits(value: number): string {
  return value === 0 || value >= 0.00095 ? value.toFixed(4) : value.toPrecision(2);
}
