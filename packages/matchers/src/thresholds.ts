/**
 * @module
 * How alike two images must be. Four numbers are compared with four thresholds, since each sees what others do not:
 *
 * - the distance of the net, a mean over the whole image: weak differences everywhere;
 * - its largest mean over LOCAL_WINDOW x LOCAL_WINDOW pixels: texture and structure, such as a missing icon;
 * - the largest difference of colours over the same square, in OKLab: colours and states;
 * - the largest over a square of 7x7 pixels: small shapes, such as a dot, a check mark or most digits.
 *
 * The last two leave out what a shift by a pixel explains (see `colour-excess.ts`), and do not depend on the net.
 */
import type { NetName } from 'lpips-core';
import type { Preset } from './matcher-types.js';

/** Side of the square of the local distance and of the difference of colours, in pixels: the size of a common icon. */
export const LOCAL_WINDOW = 16;

/** The largest numbers that pass. */
export interface Thresholds {
  readonly distance: number;
  readonly local: number;
  readonly colour: number;
  readonly shape: number;
}

/**
 * Colours and shapes, whichever the net. From `npm run bench:matchers`: 25 pages, 13 of them made by others, half of
 * them kept out; and from the page in `test/fixtures`, light, dark and at twice the resolution. Largest on what was looked
 * at, where the page is moved by up to half a pixel or its fonts are smoothed in another way: colour 0.0301, shape 0.0380,
 * both with LCD smoothing. Largest where every value is off by up to one level of 255: 0.0014 and 0.0020. The thresholds
 * are 1.2 times the first, and twice the second or more.
 */
export const PRESETS: Readonly<Record<Preset, Pick<Thresholds, 'colour' | 'shape'>>> = {
  page: { colour: 0.036, shape: 0.045 },
  strict: { colour: 0.004, shape: 0.004 },
};

/**
 * Those of each net, under either preset: one level of 255 moves a net about as much as half a pixel does, and `strict`
 * decides by colours and shapes. All are from the same pages. The largest distance and local distance that should pass
 * are 0.104 and 0.623 with lite, 0.081 and 0.493 with alex, 0.088 and 0.223 with squeeze (0.088 where every value is off by
 * up to one level); without an icon of 16 pixels the page in `test/fixtures` has a local distance of 1.056, 0.528 and 0.458.
 * vgg was not measured and has no defaults.
 */
export const THRESHOLDS: Readonly<Record<Exclude<NetName, 'vgg'>, Pick<Thresholds, 'distance' | 'local'>>> = {
  lite: { distance: 0.12, local: 0.68 },
  alex: { distance: 0.1, local: 0.54 },
  squeeze: { distance: 0.1, local: 0.26 },
};

/**
 * The number that still passes with threshold 0. Equal pixels give exactly 0. On a page of 800x600 with lite, alex and
 * squeeze, the largest local distance is at most 1e-9 where every value is off by up to 1e-6, which is many times the
 * rounding of float32. It is at least 2e-8 where one channel of one pixel is off by one level of 255. Colours and shapes
 * are read from 8-bit levels, which such rounding does not change.
 */
export const FLOAT_NOISE = 5e-9;
