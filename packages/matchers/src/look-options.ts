/**
 * @module
 * How two images are compared, and which net judges them.
 */
import { checkOptions, type ImageSize, invalid, NET_NAMES, type NetName, parseColour } from 'lpips-core';
import type { LookOptions } from './matcher-types.js';
import { checkRectangles, type Regions } from './regions.js';
import { PRESETS, THRESHOLDS, type Thresholds } from './thresholds.js';

/** Options with every default filled in. */
export type CheckedOptions = Required<
  Pick<LookOptions, 'net' | 'version' | 'download' | 'range' | 'pixelRatio'>
> &
  Pick<LookOptions, 'weightsDir' | 'background'> &
  Regions & { readonly thresholds: Thresholds };

/** Of phones with the finest screens. */
const LARGEST_RATIO = 4;

const KNOWN = [
  'preset',
  'threshold',
  'localThreshold',
  'colourThreshold',
  'shapeThreshold',
  'pixelRatio',
  'net',
  'version',
  'weightsDir',
  'download',
  'range',
  'background',
  'mask',
  'ignore',
] as const satisfies (keyof LookOptions)[];

/**
 * @param where the matcher that refuses
 * @param more names of further options of the matcher
 * @throws LpipsError where an option, preset, net or version is unknown, a threshold is negative, NaN or no number, the
 *   pixel ratio is outside of [1, 4], or a region is no rectangle in whole pixels
 */
export function checkLookOptions(
  where: string,
  options: LookOptions,
  more: readonly string[] = [],
): CheckedOptions {
  checkOptions(where, options, [...KNOWN, ...more]);
  const { net = 'lite', version = '0.1', weightsDir, download = false, range = [-1, 1] } = options;
  if (!NET_NAMES.includes(net)) throw invalid(where, NET_NAMES.join(', '), 'net', JSON.stringify(net));
  if (version !== '0.1' && version !== '0.0') {
    throw invalid(where, '0.1 or 0.0', 'version', JSON.stringify(version));
  }
  const { pixelRatio = 1, background } = options;
  if (background !== undefined) parseColour(where, background);
  if (!(typeof pixelRatio === 'number' && pixelRatio >= 1 && pixelRatio <= LARGEST_RATIO)) {
    throw invalid(where, `a number from 1 to ${LARGEST_RATIO}`, 'pixelRatio', String(pixelRatio));
  }
  const { mask = [], ignore = [] } = options;
  checkRectangles(where, 'mask', mask);
  checkRectangles(where, 'ignore', ignore);
  const common = {
    net,
    version,
    download,
    range,
    pixelRatio,
    mask,
    ignore,
    ...(weightsDir !== undefined && { weightsDir }),
    ...(background !== undefined && { background }),
  };
  return { ...common, thresholds: thresholdsOf(where, net, options) };
}

function thresholdsOf(where: string, net: NetName, options: LookOptions): Thresholds {
  const { preset = 'page' } = options;
  if (!Object.hasOwn(PRESETS, preset)) {
    throw invalid(where, Object.keys(PRESETS).join(' or '), 'preset', JSON.stringify(preset));
  }
  const byNet = net === 'vgg' ? undefined : THRESHOLDS[net];
  const { threshold = byNet?.distance } = options;
  const defaults = threshold === 0 ? { local: 0, colour: 0, shape: 0 } : { ...PRESETS[preset], ...byNet };
  const { localThreshold = defaults.local } = options;
  const { colourThreshold = defaults.colour, shapeThreshold = defaults.shape } = options;
  checkThreshold(where, 'threshold', threshold);
  checkThreshold(where, 'localThreshold', localThreshold);
  checkThreshold(where, 'colourThreshold', colourThreshold);
  checkThreshold(where, 'shapeThreshold', shapeThreshold);
  return { distance: threshold, local: localThreshold, colour: colourThreshold, shape: shapeThreshold };
}

function checkThreshold(where: string, name: string, value: number | undefined): asserts value is number {
  if (typeof value === 'number' && value >= 0) return;
  const advice = value === undefined ? 'vgg has no default, so state one.' : '';
  throw invalid(where, 'a number from 0 up', name, value === undefined ? 'none' : String(value), advice);
}

/** @throws LpipsError where two images have different sizes */
export function checkSameSize(where: string, image: ImageSize, reference: ImageSize): void {
  if (image.width === reference.width && image.height === reference.height) return;
  const size = `${reference.width}x${reference.height} pixels, as the reference has,`;
  const advice = 'Images of different sizes are not compared. Fix the viewport, or crop one.';
  throw invalid(where, size, 'the image', `${image.width}x${image.height}`, advice);
}
