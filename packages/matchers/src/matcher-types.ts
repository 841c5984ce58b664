/**
 * @module
 * The matchers as tests see them, in every runner. Their types import none of TensorFlow.js, whose declarations do not
 * compile without `skipLibCheck`.
 */
import type { SnapshotName } from './file-names.js';

/** `page`: fonts may be smoothed otherwise, and everything may move by half a pixel. `strict`: neither. */
export type Preset = 'page' | 'strict';

/** A part of an image, in whole pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A tensor of any copy of TensorFlow.js: `[height, width, 3]` or `[1, height, width, 3]`, or greyscale with 1 channel. */
export interface ImageTensor {
  readonly shape: readonly number[];
  data(): Promise<ArrayLike<number>>;
}

/** Path of an image file, its encoded bytes (PNG, JPEG, WebP, AVIF, TIFF, GIF, BMP, PPM), or a tensor. */
export type LookableImage = string | Uint8Array | ImageTensor;

/** How two images are compared, and how alike they must be. */
export interface LookOptions {
  /**
   * `'page'` passes other font smoothing and text that is moved by half a pixel; `'strict'`, for components, passes only
   * what another machine with the same fonts may change. The default is `'page'`. A threshold that is stated counts more.
   */
  readonly preset?: Preset;
  /** Largest distance that passes, from 0 up. Default: by preset and net. 0 = identical up to FLOAT_NOISE. */
  readonly threshold?: number;
  /** Largest local distance that passes, from 0 up. Default: by preset and net, and 0 where `threshold` is 0. */
  readonly localThreshold?: number;
  /** Largest difference of colours that passes, from 0 up. Default: by preset, and 0 where `threshold` is 0. */
  readonly colourThreshold?: number;
  /** Largest difference of small shapes that passes, from 0 up. Default: by preset, and 0 where `threshold` is 0. */
  readonly shapeThreshold?: number;
  /** Pixels of a screenshot for each CSS pixel, 1 to 4: by how many of them an edge may move. Default 1. */
  readonly pixelRatio?: number;
  /** Default `'lite'`, which is part of the package. */
  readonly net?: 'lite' | 'alex' | 'squeeze' | 'vgg';
  /** Calibration of the official heads. Default `'0.1'`. */
  readonly version?: '0.1' | '0.0';
  /** Folder of weights files, which comes before the cache. */
  readonly weightsDir?: string;
  /** Fetches official weights that are missing. Default `false`: a test that lacks them says so. */
  readonly download?: boolean;
  /** Colour under transparent pixels, `#rrggbb`. Default: images that have some are compared over white and over black. */
  readonly background?: string;
  /** Values of black and white where an image is a tensor. Default `[-1, 1]`. */
  readonly range?: readonly [-1, 1] | readonly [0, 1] | readonly [0, 255];
  /** Rectangles in pixels that are painted over in both images, and in the snapshot that is written. Default none. */
  readonly mask?: readonly Rectangle[];
  /** Rectangles in pixels that are left out of every number. Default none. */
  readonly ignore?: readonly Rectangle[];
}

/** Options of a snapshot. */
export interface SnapshotOptions extends LookOptions {
  /**
   * Folder of the snapshots. By default it is the one that the runner has for the test file. Playwright refuses it: its
   * own option is `snapshotPathTemplate`.
   */
  readonly snapshotDir?: string;
}

/** What is added to `expect(image)`. */
export interface LookMatchers<Look = LookOptions, Snapshot = SnapshotOptions> {
  /**
   * The image looks like a reference: neither the distance, the largest local distance, the largest difference of colours
   * nor that of small shapes is above its threshold.
   * The image and the reference are each a path, encoded bytes or a tensor, and both have the same size.
   *
   * @throws LpipsError, with `.not` too, where an image is unreadable or the sizes differ
   */
  toLookLike(reference: LookableImage, options?: Look): Promise<void>;
  /**
   * The image looks like the snapshot of this name. Where there is none, the image becomes the snapshot, by the rules that
   * the runner has for its own snapshots. With `.not` nothing is ever written.
   *
   * @param nameOrOptions name of the snapshot, unique in its test file, with or without `.png`; a list names folders and
   *   the file. Without one, it is named after the test and counted. Then the options may stand here.
   */
  toMatchPerceptualSnapshot(nameOrOptions?: SnapshotName | Snapshot, options?: Snapshot): Promise<void>;
}

/** The arguments of `toMatchPerceptualSnapshot`, in either form. */
export function snapshotArguments<Options>(
  nameOrOptions: SnapshotName | Options | undefined,
  options: Options | undefined,
): { name: SnapshotName | undefined; options: Options | undefined } {
  const isName = typeof nameOrOptions === 'string' || Array.isArray(nameOrOptions);
  if (isName) return { name: nameOrOptions, options };
  if (options === undefined && (nameOrOptions === undefined || isOptions(nameOrOptions))) {
    return { name: undefined, options: nameOrOptions };
  }
  return { name: nameOrOptions === undefined ? undefined : (nameOrOptions as SnapshotName), options };
}

function isOptions<Options>(value: SnapshotName | Options): value is Options {
  return typeof value === 'object' && value !== null;
}
