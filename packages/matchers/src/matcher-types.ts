/**
 * @module
 * The matchers as tests see them, in every runner.
 */
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
export interface LookMatchers {
  /**
   * The image looks like a reference: neither the distance, the largest local distance, the largest difference of colours
   * nor that of small shapes is above its threshold.
   * The image and the reference are each a path, encoded bytes or a tensor, and both have the same size.
   *
   * @throws LpipsError, with `.not` too, where an image is unreadable or the sizes differ
   */
  toLookLike(reference: LookableImage, options?: LookOptions): Promise<void>;
  /**
   * The image looks like the snapshot of this name. Where there is none, the image becomes the snapshot, by the rules that
   * the runner has for its own snapshots. With `.not` nothing is ever written.
   *
   * @param name of the snapshot, unique in its test file, with or without `.png`
   */
  toMatchPerceptualSnapshot(name: string, options?: SnapshotOptions): Promise<void>;
}
