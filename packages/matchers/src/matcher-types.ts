/**
 * @module
 * The matchers as tests see them, in every runner.
 */
import type { SnapshotName } from './file-names.js';
import type { LookOptions } from './look-options.js';
import type { LookableImage } from './lookable-image.js';

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
