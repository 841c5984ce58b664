/**
 * @module
 * How alike two images must look, and which net judges it. Two numbers are compared with two thresholds: the distance,
 * a mean over the whole image, and the largest local distance, a mean over LOCAL_WINDOW x LOCAL_WINDOW pixels. The
 * mean alone misses what is small: a missing icon changes it less than text that is moved by half a pixel.
 */
import { checkOptions, type ImageSize, invalid, NET_NAMES, type NetName, type ValueRange } from 'lpips-core';

/** Side of the square whose mean is the local distance, in pixels: the size of a common icon. */
export const LOCAL_WINDOW = 16;

/** The largest distance and the largest local distance that pass. */
export interface Thresholds {
  readonly distance: number;
  readonly local: number;
}

/**
 * Defaults for each net, from screenshots of a page of UI, 800x600, light, dark and at twice the resolution
 * (`LPIPS_ALL_PAGES=1 npx vitest run packages/matchers/test/rendered-pages.test.ts` in the repository). The first column is
 * the largest local distance where the page is moved by up to half a pixel or its fonts are smoothed otherwise. The second
 * is the smallest where an icon of 16 pixels, a dot of 8 or the label of a button is missing:
 *
 *     lite     0.449   0.770
 *     alex     0.455   0.528
 *     squeeze  0.218   0.324
 *
 * Each local threshold lies between the two. Where pixels only moved, the distance is below 0.084, 0.058 and 0.024. Its
 * threshold catches weak differences all over the image. vgg was not measured and has no defaults.
 */
export const THRESHOLDS: Readonly<Record<Exclude<NetName, 'vgg'>, Thresholds>> = {
  lite: { distance: 0.1, local: 0.6 },
  alex: { distance: 0.1, local: 0.49 },
  squeeze: { distance: 0.05, local: 0.26 },
};

/**
 * The distance that still passes with threshold 0. Equal pixels give exactly 0. On a page of 800x600 with lite, alex and
 * squeeze, the largest local distance is at most 1e-9 where every value is off by up to 1e-6, which is many times the
 * rounding of float32. It is at least 2e-8 where one channel of one pixel is off by one level of 255.
 */
export const FLOAT_NOISE = 5e-9;

/** How two images are compared, and how alike they must be. */
export interface LookOptions {
  /** Largest distance that passes, from 0 up. Default: THRESHOLDS of the net. 0 = identical up to FLOAT_NOISE. */
  readonly threshold?: number;
  /**
   * Largest local distance that passes, from 0 up; `Infinity` looks at the mean alone. Default: THRESHOLDS of the
   * net, and 0 where `threshold` is 0.
   */
  readonly localThreshold?: number;
  /** Default `'lite'`, which is part of the package. */
  readonly net?: NetName;
  /** Calibration of the official heads. Default `'0.1'`. */
  readonly version?: '0.1' | '0.0';
  /** Folder of weights files, which comes before the cache. */
  readonly weightsDir?: string;
  /** Fetches official weights that are missing. Default `false`: a test that lacks them says so. */
  readonly download?: boolean;
  /** Values of black and white where an image is a tensor. Default `[-1, 1]`. */
  readonly range?: ValueRange;
}

/** Options with every default filled in. */
export type CheckedOptions = Required<Omit<LookOptions, 'threshold' | 'localThreshold' | 'weightsDir'>> &
  Pick<LookOptions, 'weightsDir'> & { readonly thresholds: Thresholds };

const KNOWN = [
  'threshold',
  'localThreshold',
  'net',
  'version',
  'weightsDir',
  'download',
  'range',
] as const satisfies (keyof LookOptions)[];

/**
 * @param where the matcher that refuses
 * @param more names of further options of the matcher
 * @throws LpipsError where an option, net or version is unknown, or a threshold is negative, NaN or no number
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
  const common = { net, version, download, range, ...(weightsDir !== undefined && { weightsDir }) };
  return { ...common, thresholds: thresholdsOf(where, net, options) };
}

function thresholdsOf(where: string, net: NetName, options: LookOptions): Thresholds {
  const defaults = net === 'vgg' ? undefined : THRESHOLDS[net];
  const { threshold = defaults?.distance } = options;
  const { localThreshold = threshold === 0 ? 0 : defaults?.local } = options;
  checkThreshold(where, 'threshold', threshold);
  checkThreshold(where, 'localThreshold', localThreshold);
  return { distance: threshold, local: localThreshold };
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
