/**
 * @module
 * The note about images of another size than the network is given: one line, once.
 */
import type { Terminal } from 'lpips-node/command-line';
import { scalingNote } from '../extraction/read-patch.js';

/** Remembers the first image that was scaled, and tells of it when no progress bar is in the way. */
export class ScalingNote {
  #side: number | undefined;
  #isTold = false;

  /** For options of this name. */
  readonly onScaled = (side: number): void => {
    this.#side ??= side;
  };

  /**
   * Tells of it, the first time that there is something to tell.
   *
   * @param size to which images were scaled
   */
  tell(terminal: Terminal, size: number, quiet: boolean): void {
    if (this.#side === undefined || this.#isTold) return;
    this.#isTold = true;
    if (!quiet) terminal.error(`bapps: ${scalingNote(this.#side, size)}\n`);
  }
}
