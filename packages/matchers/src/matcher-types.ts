/**
 * @module
 * The matchers as tests see them, in every runner.
 */
import type { LookOptions } from './look-options.js';
import type { LookableImage } from './lookable-image.js';

/** Options of a snapshot. */
export interface SnapshotOptions extends LookOptions {
  /** Folder of the snapshots. Default: where the runner keeps those of the test file. Not in Playwright, which has `snapshotPathTemplate`. */
  readonly snapshotDir?: string;
}

/** What is added to `expect(image)`. */
export interface LookMatchers {
  /**
   * The image looks like a reference: neither its distance nor its largest local distance is above its threshold.
   * The image is a path, encoded bytes or a tensor, and so is the reference; both have one size.
   *
   * @throws LpipsError, with `.not` too, where an image is unreadable or the sizes differ
   */
  toLookLike(reference: LookableImage, options?: LookOptions): Promise<void>;
  /**
   * The image looks like the one that was kept under this name, or is kept where there is none, as the runner does
   * with its own snapshots. With `.not` nothing is ever written.
   *
   * @param name of the snapshot, unique in its test file, with or without `.png`
   */
  toMatchPerceptualSnapshot(name: string, options?: SnapshotOptions): Promise<void>;
}
